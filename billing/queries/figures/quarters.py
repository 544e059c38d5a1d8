"""The quarters of which there is something to tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Min

from billing.models import RevenueDay


class NoSuchQuarter(LookupError):
    """It has not begun, or lies before anything was earned."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """Three months; `number` is 1 to 4."""

    year: int
    number: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.following.first - timedelta(days=1)

    @property
    def following(self) -> Quarter:
        """The quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)


def list_quarters(*, today: date) -> list[Quarter]:
    """From the newest, which is today's, back to the first in which something was earned; today's alone if nothing ever was."""
    first: date = RevenueDay.objects.aggregate(first=Min("date"))["first"] or today
    found, last = [Quarter.of(min(first, today))], Quarter.of(today)
    while found[-1] != last:
        found.append(found[-1].following)
    return found[::-1]


def read_quarter(*, year: int, number: int, today: date) -> Quarter:
    """The quarter of that year and number.

    Raises:
        NoSuchQuarter.
    """
    wanted = Quarter(year, number)
    if wanted not in list_quarters(today=today):
        raise NoSuchQuarter(f"{year} {number}")
    return wanted
