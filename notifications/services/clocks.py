"""Quiet hours and digests by the clock on a person's wall, in any zone, in the nights too in which that clock is changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.enums import Pace

SUNDAY = 6
_DAY = timedelta(days=1)


def quiet_until(*, now: datetime, zone: ZoneInfo, start: time, end: time, days: Collection[int]) -> datetime | None:
    """The end of the quiet hours in which `now` lies, in UTC; None outside of them.

    They begin at `start` on each of `days` (Monday 0) and last until the next `end`, which may be on the day after. Both are moments: in a
    night in which an hour is skipped they are shorter, in one in which an hour comes twice longer, and the first of the two counts. What
    begins at a time that the clock jumps over begins as long after the jump.
    """
    today = now.astimezone(zone).date()
    for day in (today - _DAY, today):
        if day.weekday() in days:
            begins, ends = _moment(day, start, zone), _moment(day if start < end else day + _DAY, end, zone)
            if begins <= now < ends:
                return ends
    return None


def next_digest(*, now: datetime, zone: ZoneInfo, hour: int, pace: Pace) -> datetime | None:
    """The next time after `now`, in UTC, at which the person's clock shows the hour of their digest; on a Sunday for the weekly one."""
    if pace == Pace.NEVER:
        return None
    today = now.astimezone(zone).date()
    days = (today + number * _DAY for number in range(9))
    moments = (_moment(day, time(hour), zone) for day in days if pace == Pace.DAILY or day.weekday() == SUNDAY)
    return next(moment for moment in moments if moment > now)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
