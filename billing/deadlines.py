"""Days that the law or a price counts: intervals, and the fourteen days of withdrawal with the days on which nobody works.

Sources: Code de la consommation, articles L221-18 and L221-19; règlement (CEE, Euratom) 1182/71, article 3; Code du travail, article
L3133-1. Read by no counsel yet.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from billing.enums import Interval

# Whose days count: those of the seller's law, which end later than those of Antananarivo.
PLACE = ZoneInfo("Europe/Paris")
WITHDRAWAL_DAYS = 14
_MONTHS = {Interval.MONTH: 1, Interval.YEAR: 12}
_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER = (1, 39, 50)


def add_interval(moment: datetime, interval: str) -> datetime:
    """The same day and hour one interval later; where that month has no such day, its last one."""
    months = moment.year * 12 + moment.month - 1 + _MONTHS[Interval(interval)]
    year, month = divmod(months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def withdrawal_deadline(concluded_at: datetime) -> datetime:
    """Until when (not included) somebody may withdraw from a contract of this moment: the end of the fourteenth day after its own, or of
    the next working day where that one is a Saturday, a Sunday or a holiday."""
    day = concluded_at.astimezone(PLACE).date() + timedelta(days=WITHDRAWAL_DAYS)
    while day.weekday() >= 5 or day in holidays(day.year):
        day += timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time.min, PLACE).astimezone(UTC)


def last_day_of(deadline: datetime) -> date:
    """The last day on which something may be done that ends at `deadline` (not included)."""
    return (deadline - timedelta(microseconds=1)).astimezone(PLACE).date()


@lru_cache(maxsize=8)
def holidays(year: int) -> frozenset[date]:
    """The public holidays of France in a year."""
    easter = _easter(year)
    return frozenset([date(year, month, day) for month, day in _FIXED] + [easter + timedelta(days=after) for after in _AFTER_EASTER])


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)
