"""Fifty answers to one attempt at once: one is judged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as live_settings
from django.db import connection, connections
from django.utils import timezone

from accounts.age.refusals import RefusalCode, Refused
from accounts.enums import AgeCheckState
from accounts.models import AgeCheck
from accounts.providers.demo import Holder, present
from accounts.services.age import answer_check, is_judged, start_check
from accounts.tests.factories import make_user

ANSWERS = 50


@pytest.mark.django_db(transaction=True)
def test_of_fifty_replays_one_goes_on(settings: object, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    if connection.vendor == "sqlite":
        pytest.skip("the tests' SQLite lies in memory: threads share nothing there, bin/with-servers does")
    now = timezone.now()
    carol = make_user("Carol", age_method=None)
    started = start_check(
        user=carol,
        session_key="s",
        method="DEMO_WALLET",
        flow="SAME_DEVICE",
        address="127.0.0.1",
        origin=live_settings.ORIGIN,
        now=now,
    )
    asked = {name: values[0] for name, values in parse_qs(urlsplit(started.challenge.link).query).items()}
    fields = present(request=asked, holder=Holder.ADULT, now=now)

    def answer(_number: int) -> str:
        try:
            return "code" if answer_check(fields=fields, origin=live_settings.ORIGIN, now=now) else ""
        except Refused as refused:
            return refused.code.value
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=ANSWERS) as crowd:
        outcomes = sorted(crowd.map(answer, range(ANSWERS)))
    assert outcomes == [RefusalCode.REPLAYED.value] * (ANSWERS - 1) + ["code"]
    check = AgeCheck.objects.get()
    assert check.state == AgeCheckState.ANSWERED
    assert is_judged(check)
