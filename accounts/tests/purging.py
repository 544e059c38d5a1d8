"""Emptying the shelves as `privacy` does when nothing is held."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.services.purge import SHELVES
from accounts.services.registration import UNCONFIRMED_FOR
from core.purging import empty

CHECKS_KEPT = timedelta(hours=24)


def _empty(code: str, now: datetime, kept: timedelta = timedelta(0)) -> int:
    return empty(SHELVES[code][0], now=now, before=now - kept)


def purge_connections(*, now: datetime) -> int:
    return _empty("CONNECTION", now)


def purge_devices(*, now: datetime) -> int:
    return _empty("DEVICE_MARK", now)


def purge_ban_keys(*, now: datetime) -> int:
    return _empty("BAN_KEY", now)


def purge_checks(*, now: datetime) -> int:
    return _empty("AGE_CHECK", now, CHECKS_KEPT)


def purge_unconfirmed(*, now: datetime) -> int:
    return _empty("UNCONFIRMED", now, UNCONFIRMED_FOR)


def expire_documents(*, now: datetime) -> int:
    return _empty("ID_DOCUMENT", now)


def destroy_documents() -> int:
    return expire_documents(now=timezone.now())
