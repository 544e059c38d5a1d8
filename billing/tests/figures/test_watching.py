"""A day unlike its like wakes the team; a house that has just begun has no like."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import User
from billing.models import RevenueDay
from billing.services.revenue.watching import watch_revenue
from billing.tests.team import Notification

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
YESTERDAY = date(2026, 11, 25)


def earn(back: int, gross: int, currency: str = "EUR", source: str = "SUBSCRIPTION") -> None:
    RevenueDay.objects.create(date=YESTERDAY - timedelta(days=back), source=source, currency=currency, gross_minor=gross)


def month(gross: int = 1000, currency: str = "EUR", days: int = 28) -> None:
    for back in range(1, days + 1):
        earn(back, gross, currency)


@pytest.mark.parametrize(("gross", "strange"), [(1000, 0), (4000, 0), (4001, 1), (250, 0), (249, 1), (0, 1)])
def test_four_times_more_or_less_is_strange(naly: User, gross: int, strange: int) -> None:
    month()
    earn(0, gross)
    assert watch_revenue(now=NOW) == strange


def test_a_day_without_a_row_earned_nothing(naly: User) -> None:
    month()
    assert watch_revenue(now=NOW) == 1


def test_sources_are_summed_and_currencies_are_not(naly: User) -> None:
    month()
    month(currency="MGA")
    earn(0, 600)
    earn(0, 500, source="ADS")
    earn(0, 9000, "MGA")
    assert watch_revenue(now=NOW) == 1
    assert Notification.objects.get().args == {"what": "REVENUE_STRANGE", "ref": "MGA 2026-11-25"}


@pytest.mark.parametrize("days", [0, 1, 13])
def test_without_enough_days_nothing_is_strange(naly: User, days: int) -> None:
    month(days=days)
    earn(0, 10**9)
    assert watch_revenue(now=NOW) == 0


@pytest.mark.parametrize(("gross", "strange"), [(2000, 0), (2001, 1), (124, 1), (125, 0)])
def test_of_a_house_with_half_its_days_empty_the_usual_day_lies_between(naly: User, gross: int, strange: int) -> None:
    month(days=14)  # the median of 28 days is 500
    earn(0, gross)
    assert watch_revenue(now=NOW) == strange


def test_each_day_is_told_once(naly: User) -> None:
    month()
    for _again in range(3):
        watch_revenue(now=NOW)
    assert Notification.objects.count() == 1
