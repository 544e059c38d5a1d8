"""Intervals, and the fourteen days with the days on which nobody works."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.deadlines import PLACE, add_interval, holidays, last_day_of, withdrawal_deadline
from billing.enums import Interval

MOMENTS = st.integers(0, 16 * 365 * 24 * 60).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("day", "interval", "then"),
    [
        ("2026-11-23", Interval.MONTH, "2026-12-23"),
        ("2026-12-31", Interval.MONTH, "2027-01-31"),
        ("2027-01-31", Interval.MONTH, "2027-02-28"),
        ("2028-01-30", Interval.MONTH, "2028-02-29"),
        ("2028-02-29", Interval.YEAR, "2029-02-28"),
        ("2026-11-23", Interval.YEAR, "2027-11-23"),
    ],
)
def test_an_interval_ends_on_the_same_day_or_the_last_of_its_month(day: str, interval: str, then: str) -> None:
    moment = datetime.fromisoformat(f"{day}T10:30:00+00:00")
    assert add_interval(moment, interval) == datetime.fromisoformat(f"{then}T10:30:00+00:00")


def test_an_interval_that_nobody_sells_is_refused() -> None:
    with pytest.raises(ValueError, match="WEEK"):
        add_interval(datetime(2026, 11, 23, tzinfo=UTC), "WEEK")


@pytest.mark.parametrize(
    ("concluded", "last"),
    [
        ("2026-11-23T12:00", "2026-12-07"),  # a Monday, fourteen days after a Monday
        ("2026-11-21T12:00", "2026-12-07"),  # the fourteenth day is a Saturday: Monday
        ("2026-11-22T12:00", "2026-12-07"),  # a Sunday: Monday
        ("2026-12-11T12:00", "2026-12-28"),  # Christmas on a Friday: the Monday after
        ("2026-03-23T12:00", "2026-04-07"),  # Easter Monday: Tuesday
        ("2026-04-30T12:00", "2026-05-15"),  # the day of Ascension
        ("2026-11-23T22:30", "2026-12-07"),  # half past eleven in Paris: still that day
        ("2026-11-23T23:30", "2026-12-08"),  # the day after, in Paris
    ],
)
def test_the_fourteen_days_end_on_a_working_day(concluded: str, last: str) -> None:
    deadline = withdrawal_deadline(datetime.fromisoformat(f"{concluded}:00+00:00"))
    assert last_day_of(deadline) == date.fromisoformat(last)
    assert deadline.astimezone(PLACE).time().isoformat() == "00:00:00"


@given(MOMENTS)
def test_nobody_ever_has_less_than_fourteen_days_or_a_last_day_without_work(moment: datetime) -> None:
    deadline = withdrawal_deadline(moment)
    last = last_day_of(deadline)
    assert deadline - moment >= timedelta(days=14)
    assert deadline - moment <= timedelta(days=14 + 6)
    assert last.weekday() < 5
    assert last not in holidays(last.year)


@pytest.mark.parametrize(
    ("year", "easter_monday"),
    [(2024, "2024-04-01"), (2025, "2025-04-21"), (2026, "2026-04-06"), (2027, "2027-03-29"), (2038, "2038-04-26")],
)
def test_easter_is_where_the_church_has_it(year: int, easter_monday: str) -> None:
    days = holidays(year)
    assert date.fromisoformat(easter_monday) in days
    assert len(days) >= 10  # eleven, unless two fall together
    assert {(day.month, day.day) for day in days} >= {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
