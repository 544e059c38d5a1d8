"""The kept figures against the ledger: rebuilt, they are what the database itself sums up."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q, Sum

from billing.ledger import post
from billing.models import LedgerEntry, RevenueDay
from billing.queries.figures.revenue import list_revenue, list_steps
from billing.services.revenue.rebuilding import find_first_day, rebuild_days, rebuild_recent
from core.money import Money

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 15), date(2026, 11, 24)


def sell(key: str, cents: int, *, vat: int, at: datetime = NOON, word: str = "subscription", currency: str = "EUR") -> None:
    lines = [(f"clearing:STRIPE:{currency}", -cents), (f"revenue:{word}:{currency}", cents - vat)]
    if vat:
        lines.append((f"vat:FR:{currency}", vat))
    post(key=key, kind="PAYMENT", lines=lines, now=at)


def fill(seed: int, count: int = 80) -> None:
    """Sales, what goes back of them, fees and fillings of wallets over ten days, in two currencies."""
    chance = random.Random(seed)
    for number in range(count):
        currency, word = chance.choice(["EUR", "MGA"]), chance.choice(["subscription", "ads", "partner_plan"])
        whole, at = chance.randrange(100, 9000), datetime(2026, 11, 15, 8, tzinfo=UTC) + timedelta(days=chance.randrange(10))
        tax = whole // 6
        lines = [(f"clearing:STRIPE:{currency}", -whole), (f"revenue:{word}:{currency}", whole - tax), (f"vat:FR:{currency}", tax)]
        post(key=f"sale:{number}", kind="PAYMENT", lines=lines, now=at)
        if chance.random() < 0.3:
            post(key=f"back:{number}", kind="REFUND", lines=[(code, -amount) for code, amount in lines], now=at + timedelta(hours=3))
        if chance.random() < 0.5:
            fee = [(f"fees:STRIPE:{currency}", -7), (f"clearing:STRIPE:{currency}", 7)]
            post(key=f"fee:{number}", kind="FEE_SUBSCRIPTION", lines=fee, now=at)
        if chance.random() < 0.3:
            post(key=f"topup:{number}", kind="PAYMENT", lines=[(f"clearing:MVOLA:{currency}", -50), (f"wallet:7:{currency}", 50)], now=at)


def summed(word: str, currency: str) -> int:
    """What the accounts of a kind have in a currency, by the database's own sum over entries."""
    about = Q(account__code__startswith=f"{word}:", account__currency=currency)
    return int(LedgerEntry.objects.filter(about).aggregate(sum=Sum("amount"))["sum"] or 0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rebuilt_figures_are_what_the_ledger_has(seed: int) -> None:
    fill(seed)
    rebuild_days(since=FIRST, until=LAST)
    for currency in ("EUR", "MGA"):
        kept = RevenueDay.objects.filter(currency=currency)
        sums = kept.aggregate(
            gross=Sum("gross_minor"),
            refunds=Sum("refunds_minor"),
            vat=Sum("vat_minor"),
            fees=Sum("fees_minor"),
            partners=Sum("partners_minor"),
        )
        revenue, vat, fees = (summed(word, currency) for word in ("revenue", "vat", "fees"))
        assert sums["gross"] - sums["refunds"] == revenue + vat
        assert (sums["vat"], sums["fees"], sums["partners"]) == (vat, -fees, 0)
        assert sum(row.net_minor for row in kept) == revenue + fees
        by_day = dict.fromkeys(kept.values_list("date", flat=True), 0)
        for row in kept:
            by_day[row.date] += row.gross_minor - row.refunds_minor
        for day, amount in by_day.items():
            entries = LedgerEntry.objects.filter(transaction__effective_date=day, account__currency=currency)
            both = entries.filter(Q(account__code__startswith="revenue:") | Q(account__code__startswith="vat:"))
            assert amount == (both.aggregate(sum=Sum("amount"))["sum"] or 0)


def test_rebuilt_again_it_is_the_same() -> None:
    fill(4, 30)
    names = ("date", "source", "currency", "gross_minor", "refunds_minor", "vat_minor", "fees_minor", "partners_minor")
    rebuild_days(since=FIRST, until=LAST)
    first = sorted(RevenueDay.objects.values_list(*names))
    assert rebuild_days(since=FIRST, until=LAST) == len(first)
    assert sorted(RevenueDay.objects.values_list(*names)) == first


def test_a_wrong_row_does_not_survive() -> None:
    sell("a", 499, vat=83)
    RevenueDay.objects.create(date=NOON.date(), source="ADS", currency="EUR", gross_minor=10**9)
    rebuild_days(since=NOON.date(), until=NOON.date())
    assert list(RevenueDay.objects.values_list("source", "gross_minor", "vat_minor")) == [("SUBSCRIPTION", 499, 83)]


def test_other_days_are_left_alone() -> None:
    sell("a", 499, vat=83)
    sell("b", 499, vat=83, at=NOON + timedelta(days=1))
    rebuild_days(since=NOON.date(), until=NOON.date())
    assert RevenueDay.objects.count() == 1


def test_the_first_time_everything_is_made_later_only_what_is_recent() -> None:
    assert rebuild_recent(now=NOON) == 0
    sell("a", 499, vat=83, at=NOON - timedelta(days=40))
    assert (find_first_day(), rebuild_recent(now=NOON)) == ((NOON - timedelta(days=40)).date(), 1)
    sell("b", 499, vat=83)
    assert rebuild_recent(now=NOON) == 1
    assert RevenueDay.objects.count() == 2


def test_the_command_makes_all_or_from_a_day_on() -> None:
    sell("a", 499, vat=83, at=NOON - timedelta(days=40))
    sell("b", 499, vat=83)
    for since, said in (("", "2 rows written."), ("2026-11-20", "1 rows written.")):
        out = StringIO()
        call_command("rebuild_revenue", since=since, stdout=out)
        assert out.getvalue().strip() == said
    with pytest.raises(CommandError):
        call_command("rebuild_revenue", since="yesterday", stdout=StringIO())


def test_a_table_sums_in_one_currency_only() -> None:
    sell("a", 499, vat=83)
    sell("b", 1000, vat=0, word="ads")
    sell("c", 20000, vat=0, currency="MGA")
    rebuild_recent(now=NOON)
    tables = list_revenue(since=NOON.date(), until=NOON.date())
    assert [table.code for table in tables] == ["EUR", "MGA"]
    euros, ariary = tables
    assert [(row.source, row.gross) for row in euros.rows] == [("ADS", Money(1000, "EUR")), ("SUBSCRIPTION", Money(499, "EUR"))]
    assert (euros.total.gross, euros.total.net, ariary.total.gross) == (Money(1499, "EUR"), Money(1416, "EUR"), Money(20000, "MGA"))


def test_steps_without_anything_are_there() -> None:
    sell("a", 499, vat=83)
    rebuild_recent(now=NOON)
    steps = list_steps(currency="EUR", since=date(2026, 11, 18), until=date(2026, 11, 23), days=2)
    assert steps == [(date(2026, 11, 18), 0, 0), (date(2026, 11, 20), 499, 0), (date(2026, 11, 22), 0, 0)]
