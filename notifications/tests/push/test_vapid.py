"""Who sends: a token that a push service believes, under a key that browsers were given."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.utils import timezone

from notifications.transports.vapid import authorize, current_key, find_key

reading = import_module("notifications.simulators.push.reading")
OLD, NEW = 0xABCDEF, 0x123456
ORIGIN = "https://push.example"


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.VAPID_KEYS, settings.VAPID_SUBJECT = (NEW, OLD), "mailto:push@resaka.test"


def said(header: str) -> tuple[dict[str, Any], dict[str, Any]]:
    token = re.fullmatch(r"vapid t=([^,]+), k=[A-Za-z0-9_-]{87}", header)
    assert token
    head, claims, _signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token[1].split("."))
    return json.loads(head), json.loads(claims)


def test_the_token_says_to_whom_until_when_and_who_answers_for_it() -> None:
    key, now = current_key(), datetime(2026, 11, 26, 12, 34, 56, tzinfo=UTC)
    assert key is not None
    head, claims = said(authorize(key, origin=ORIGIN, now=now))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims == {"aud": ORIGIN, "exp": int(datetime(2026, 11, 27, 1, tzinfo=UTC).timestamp()), "sub": "mailto:push@resaka.test"}


def test_it_is_good_for_at_least_twelve_hours_and_never_for_a_day() -> None:
    key, day = current_key(), datetime(2026, 11, 26, tzinfo=UTC)
    assert key is not None
    for minutes in range(0, 1440, 7):
        now = day + timedelta(minutes=minutes)
        left = said(authorize(key, origin=ORIGIN, now=now))[1]["exp"] - now.timestamp()
        assert 12 * 3600 <= left <= 13 * 3600


def test_a_service_believes_it_for_its_own_host_and_its_own_key() -> None:
    key = current_key()
    assert key is not None
    header = authorize(key, origin=ORIGIN, now=timezone.now())
    reading.check_sender(header, origin=ORIGIN, key=key.public)
    for origin, public, status in (("https://other.example", key.public, 403), (ORIGIN, "B" * 87, 403)):
        with pytest.raises(reading.Wrong) as refusal:
            reading.check_sender(header, origin=origin, key=public)
        assert refusal.value.status == status
    bent = header.replace(", k=", "A, k=")
    with pytest.raises(reading.Wrong) as refusal:
        reading.check_sender(bent, origin=ORIGIN, key="")
    assert refusal.value.status == 401


def test_two_keys_live_and_browsers_are_given_the_first(settings: Any) -> None:
    first = current_key()
    assert first is not None
    assert find_key(public=first.public) == first
    settings.VAPID_KEYS = (OLD,)
    old = current_key()
    assert old is not None
    assert old.key_id != first.key_id
    settings.VAPID_KEYS = (NEW, OLD)
    assert find_key(key_id=old.key_id) == old
    settings.VAPID_KEYS = (NEW,)
    assert find_key(key_id=old.key_id) is None
    assert find_key() is None


def test_without_a_key_nothing_is_given(settings: Any) -> None:
    settings.VAPID_KEYS = ()
    assert current_key() is None
