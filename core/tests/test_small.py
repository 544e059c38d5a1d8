"""Ids, clock, links, limits and leases."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection
from django.utils import timezone as django_timezone

from core import ratelimit
from core.clock import SharedNow, shared_now, to_wire
from core.ids import BadClientId, is_public_id, new_client_id, new_public_id, parse_client_id
from core.leases import claim_lease
from core.links import is_safe_link, split_links
from core.models import Lease

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_public_ids() -> None:
    ids = {new_public_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(is_public_id(value) for value in ids)
    assert not any(is_public_id(value) for value in ("", "a" * 19, "A" * 20, "a" * 19 + "1", "a" * 21, 5, None, "a" * 20 + "\n"))


def test_client_ids() -> None:
    made = new_client_id(1_700_000_000_000)
    parsed = parse_client_id(made)
    assert parsed.version == 7
    assert parsed.int >> 80 == 1_700_000_000_000
    for bad in ("", "x" * 36, made.replace("-", ""), 5, None, "{" + made[1:]):
        with pytest.raises(BadClientId):
            parse_client_id(bad)
    assert parse_client_id(made.upper()) == uuid.UUID(made)


def test_wire_time() -> None:
    assert to_wire(NOON) == "2026-11-23T12:00:00.000Z"
    assert to_wire(NOON.astimezone(timezone(timedelta(hours=3)))) == "2026-11-23T12:00:00.000Z"


@pytest.mark.parametrize("url", ["https://example.org", "http://example.org:8080/a?b=c#d", "https://sub.example.co.uk/é"])
def test_plain_links_are_safe(url: str) -> None:
    assert is_safe_link(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://bank.example@evil.example/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "https://localhost/",
        "https://раypal.example/",
        "https://xn--pypal-4ve.example/",
        "https://example.org:99999/",
        "data:text/html,x",
        "ftp://example.org/",
        "https://",
    ],
)
def test_doubtful_links_are_not(url: str) -> None:
    assert not is_safe_link(url)


def test_text_is_cut_at_links_and_lost_nowhere() -> None:
    text = "Voir https://example.org/a, puis http://127.0.0.1/ et javascript:alert(1)."
    pieces = split_links(text)
    assert "".join(piece.text for piece in pieces) == text
    assert [(p.kind, p.text) for p in pieces if p.kind == "link"] == [("link", "https://example.org/a")]


def test_rate_limit() -> None:
    for _ in range(3):
        ratelimit.hit("x", "1", limit=3, seconds=10)
    ratelimit.hit("x", "2", limit=3, seconds=10)
    with pytest.raises(ratelimit.RateLimited) as refused:
        ratelimit.hit("x", "1", limit=3, seconds=10)
    assert refused.value.retry == 10.0


@pytest.mark.django_db
def test_the_shared_clock_is_in_utc_whatever_the_session_of_the_database_says() -> None:
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET time_zone = '+05:00'")
    try:
        row = Lease.objects.create(name="job", holder="a", until_at=SharedNow())
        row.refresh_from_db()
        moments = [row.until_at, shared_now()]
    finally:
        if connection.vendor == "mysql":
            with connection.cursor() as cursor:
                cursor.execute("SET time_zone = 'SYSTEM'")
    assert all(abs(moment - django_timezone.now()) < timedelta(minutes=1) for moment in moments)


@pytest.mark.django_db
def test_a_lease_has_one_holder_at_a_time() -> None:
    assert claim_lease(name="job", holder="a", seconds=60, now=NOON)
    assert not claim_lease(name="job", holder="b", seconds=60, now=NOON + timedelta(seconds=59))
    assert claim_lease(name="job", holder="a", seconds=60, now=NOON + timedelta(seconds=59))
    assert claim_lease(name="job", holder="b", seconds=60, now=NOON + timedelta(seconds=119))
    assert not claim_lease(name="job", holder="a", seconds=60, now=NOON + timedelta(seconds=120))
