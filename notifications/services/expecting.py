"""Remembering that something waits for a person's digest, and when that comes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from accounts.models import User
from notifications.enums import Pace
from notifications.models import NotificationSettings
from notifications.services.clocks import next_digest


def expect_digest(*, user_ids: Collection[int], now: datetime) -> None:
    """Set the hour of the next digest for those who have none set; who wants no digest is left alone. Four queries at most,
    however many people."""
    if not user_ids:
        return
    known = {row.user_id: row for row in NotificationSettings.objects.filter(user_id__in=user_ids).select_related("user")}
    asleep = [row for row in known.values() if row.digest_at is None and row.digest != Pace.NEVER]
    for row in asleep:
        row.digest_at = _next(row, now)
    if asleep:
        NotificationSettings.objects.bulk_update(asleep, ["digest_at"], batch_size=500)
    if missing := set(user_ids) - set(known):
        _make_rows(missing, now)


def _make_rows(user_ids: Collection[int], now: datetime) -> None:
    fresh = [NotificationSettings(user=user) for user in User.objects.filter(pk__in=user_ids)]
    for row in fresh:
        row.digest_at = _next(row, now)
    NotificationSettings.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)


def _next(row: NotificationSettings, now: datetime) -> datetime | None:
    return next_digest(now=now, zone=row.place, hour=row.digest_hour, pace=Pace(row.digest))
