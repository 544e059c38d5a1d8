"""The log's partitions on MariaDB: one for each day of expiry, dropped whole once every row in them has expired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from chat.models import RoomEvent
from core.partitions import DailyTable, has_partitions

__all__ = ["DAYS_AHEAD", "drop_expired_partitions", "has_partitions", "list_partitions", "make_partitions", "turn_partitions"]

DAYS_AHEAD = 33  # a room shows its talk for at most 30 days
_LOG = DailyTable(RoomEvent._meta.db_table, DAYS_AHEAD)


def turn_partitions(*, keep: Callable[[date], object] | None = None, now: datetime) -> dict[str, int]:
    """Make what is to come and drop what is over; nothing where the log has no partitions. `keep` copies what must stay of a day."""
    if not has_partitions():
        return {"made": 0, "dropped": 0}
    return {"made": make_partitions(now=now), "dropped": drop_expired_partitions(keep=keep, now=now)}


def list_partitions() -> list[date]:
    """The days of expiry that have a partition; oldest first."""
    return _LOG.list_days()


def make_partitions(*, now: datetime) -> int:
    """Make the partitions of the coming days that are not there yet; how many were made."""
    return _LOG.make_days(today=now.date())


def drop_expired_partitions(*, keep: Callable[[date], object] | None = None, now: datetime) -> int:
    """Drop the partitions of the days that are over, with all that expired in them; how many went."""
    return _LOG.drop_days(before=now.date(), keep=keep)
