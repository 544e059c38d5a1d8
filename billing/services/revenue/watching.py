"""A day that earned far more or far less than its like wakes the team: a fault, a fraud, or an event of the world; a person finds out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from statistics import median

from django.db import transaction
from django.db.models import Sum
from django.urls import reverse

from billing.models import RevenueDay
from billing.services.alarms import Alarm, raise_alarm

HISTORY = 28
# Fewer days with anything are no pattern that one could leave.
ENOUGH = 14
TIMES = 4


def watch_revenue(*, now: datetime) -> int:
    """Compare yesterday with the 28 days before it, each currency by itself; for how many somebody was woken, once a day and currency."""
    day = now.date() - timedelta(days=1)
    strange = [currency for currency, amounts in _by_currency(day).items() if _is_strange(amounts)]
    with transaction.atomic():
        for currency in strange:
            raise_alarm(alarm=Alarm.REVENUE_STRANGE, ref=f"{currency} {day}", path=reverse("admin:billing_figures"), now=now)
    return len(strange)


def _by_currency(day: date) -> dict[str, list[int]]:
    """What each of the days brought in, the day itself last."""
    first = day - timedelta(days=HISTORY)
    sums = RevenueDay.objects.filter(date__gte=first, date__lte=day).values("currency", "date").annotate(gross=Sum("gross_minor"))
    found: dict[str, list[int]] = {}
    for row in sums.order_by("currency", "date"):
        found.setdefault(row["currency"], [0] * (HISTORY + 1))[(row["date"] - first).days] = int(row["gross"])
    return found


def _is_strange(amounts: list[int]) -> bool:
    *before, last = amounts
    if sum(amount > 0 for amount in before) < ENOUGH:
        return False
    usual = median(before)
    return last > TIMES * usual or last * TIMES < usual
