"""What came in, by currency and source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db.models import QuerySet, Sum

from billing.enums import RevenueSource
from billing.models import RevenueDay
from core.money import Money

_COLUMNS = ("gross", "refunds", "vat", "fees", "partners")


@dataclass(frozen=True, slots=True)
class Row:
    """One source over a time, in one currency."""

    source: RevenueSource | None  # None: all of them together
    gross: Money
    refunds: Money
    vat: Money
    fees: Money
    partners: Money

    @property
    def net(self) -> Money:
        """Without tax, fees, and what went back."""
        return self.gross - self.refunds - self.vat - self.fees


@dataclass(frozen=True, slots=True)
class Currency:
    """One currency by itself: its sources, and their sum."""

    code: str
    rows: tuple[Row, ...]
    total: Row


def list_revenue(*, since: date, until: date) -> list[Currency]:
    """What these days earned, both ends included; one query."""
    sums = _between(since, until).values("currency", "source").annotate(**{name: Sum(f"{name}_minor") for name in _COLUMNS})
    found = []
    for code, group in groupby(sums.order_by("currency", "source"), key=lambda row: row["currency"]):
        rows = [_row(RevenueSource(row["source"]), code, _amounts(row)) for row in group]
        found.append(Currency(code, tuple(rows), _total(code, rows)))
    return found


def list_steps(*, currency: str, since: date, until: date, days: int) -> list[tuple[date, int, int]]:
    """(first day, gross, gone back) of each step of so many days, in minor units; steps without anything are there too."""
    sums = _between(since, until).filter(currency=currency).values("date").annotate(gross=Sum("gross_minor"), refunds=Sum("refunds_minor"))
    by_day = {row["date"]: (int(row["gross"]), int(row["refunds"])) for row in sums}
    steps = []
    for first in _firsts(since, until, days):
        some = [by_day.get(first + timedelta(days=number), (0, 0)) for number in range(days)]
        steps.append((first, sum(gross for gross, _back in some), sum(back for _gross, back in some)))
    return steps


def list_days(*, since: date, until: date) -> list[RevenueDay]:
    """Every row of these days, for the file."""
    return list(_between(since, until).order_by("date", "currency", "source"))


def _between(since: date, until: date) -> QuerySet[RevenueDay]:
    return RevenueDay.objects.filter(date__gte=since, date__lte=until)


def _firsts(since: date, until: date, days: int) -> Iterator[date]:
    while since <= until:
        yield since
        since += timedelta(days=days)


def _amounts(row: Mapping[str, Any]) -> list[int]:
    return [int(row[name]) for name in _COLUMNS]


def _row(source: RevenueSource | None, code: str, amounts: list[int]) -> Row:
    gross, refunds, vat, fees, partners = (Money(amount, code) for amount in amounts)
    return Row(source, gross, refunds, vat, fees, partners)


def _total(code: str, rows: list[Row]) -> Row:
    return _row(None, code, [sum(getattr(row, name).amount_minor for row in rows) for name in _COLUMNS])
