"""Sockets end with the log-in they came with, also when nobody told the hub."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.utils import timezone

from realtime import codes, lifecycle
from realtime.sessions import list_live_keys
from realtime.tests.house import AMINA, BEN, Site


def make_session(key: str, *, hours: int) -> None:
    Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(hours=hours))


@pytest.mark.django_db
def test_live_keys() -> None:
    make_session("live", hours=1)
    make_session("expired", hours=-1)
    assert list_live_keys(["live", "expired", "unknown"]) == {"live"}


@pytest.mark.django_db(transaction=True)
async def test_a_socket_ends_with_its_log_in(site: Site) -> None:
    await sync_to_async(make_session)("live", hours=1)
    amina, ben = await site.enter(AMINA, key="live"), await site.enter(BEN, key="gone")
    await lifecycle.current_hub().check()
    assert await ben.hear_end() == codes.REVOKED
    await amina.say(t="ping")
    assert await amina.hear() == {"t": "pong"}
