"""Statements: what an account shows between two days, and the sums by kind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing.ledger import capture_hold, place_hold
from billing.models import LedgerAccount
from billing.queries.ledger import find_account, get_statement, iterate_statement, list_kind_sums
from billing.tests.ledger.books import AMINA, BEN, MVOLA, NOON, REVENUE, move, pay_in
from core.money import Money

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = NOON.date()


def ariary(amount: int) -> Money:
    return Money(amount, "MGA")


@pytest.fixture(autouse=True)
def _days() -> None:
    """Money on the first day, spending on the second, nothing on the third, a captured hold on the fourth."""
    pay_in(AMINA, 1000, key="in", now=NOON)
    move(AMINA, BEN, 300, key="a", now=NOON + DAY)
    move(AMINA, REVENUE, 50, key="b", now=NOON + DAY)
    place_hold(key="h", code=AMINA, money=ariary(200), expires_at=NOON + 9 * DAY, now=NOON + 2 * DAY)
    capture_hold(key="h", lines=[(AMINA, -150), (REVENUE, 150)], now=NOON + 3 * DAY)


def account(code: str) -> LedgerAccount:
    return LedgerAccount.objects.get(code=code)


def read(code: str, first: int, last: int, **more: Any) -> list[tuple[str, int, int]]:
    found = get_statement(account=account(code), since=TODAY + first * DAY, until=TODAY + last * DAY, **more)
    return [(line.key, line.money.amount_minor, line.balance.amount_minor) for line in found.lines]


def test_a_statement_of_all_days() -> None:
    lines = read(AMINA, 0, 3)
    capture = lines.pop()
    assert lines == [("in", 1000, 1000), ("a", -300, 700), ("b", -50, 650)]
    assert capture[0].startswith("hold:")
    assert capture[1:] == (-150, 500)


def test_both_days_are_whole_and_no_other() -> None:
    assert [line[0] for line in read(AMINA, 1, 1)] == ["a", "b"]
    assert [line[0] for line in read(AMINA, 0, 0)] == ["in"]
    pay_in(AMINA, 1, key="midnight", now=NOON.replace(hour=0) + 2 * DAY)
    pay_in(AMINA, 1, key="before", now=NOON.replace(hour=23, minute=59, second=59, microsecond=999_999) + DAY)
    assert [line[0] for line in read(AMINA, 1, 1)] == ["a", "b", "before"]
    assert [line[0] for line in read(AMINA, 2, 2)] == ["midnight"]


@pytest.mark.parametrize(
    ("first", "last", "opening", "closing"),
    [(0, 3, 0, 500), (1, 1, 1000, 650), (2, 2, 650, 650), (-9, -1, 0, 0), (5, 9, 500, 500)],
)
def test_opening_and_closing(first: int, last: int, opening: int, closing: int) -> None:
    found = get_statement(account=account(AMINA), since=TODAY + first * DAY, until=TODAY + last * DAY)
    assert (found.opening, found.closing) == (ariary(opening), ariary(closing))


def test_an_account_of_the_debit_side_counts_what_comes_in_as_more() -> None:
    assert read(MVOLA, 0, 9) == [("in", 1000, 1000)]


def test_more_lines_than_asked_for() -> None:
    found = get_statement(account=account(AMINA), since=TODAY, until=TODAY + 9 * DAY, limit=2)
    assert found.is_cut
    assert [line.key for line in found.lines] == ["in", "a"]
    assert found.closing == ariary(700)
    assert not get_statement(account=account(AMINA), since=TODAY, until=TODAY + 9 * DAY, limit=4).is_cut
    assert len(list(iterate_statement(account=account(AMINA), since=TODAY, until=TODAY + 9 * DAY))) == 4


def test_it_costs_the_same_for_one_line_and_for_many(django_assert_num_queries: Any) -> None:
    one = account(AMINA)
    for days in (0, 9):
        with django_assert_num_queries(1):
            get_statement(account=one, since=TODAY, until=TODAY + days * DAY)
    with django_assert_num_queries(2):
        get_statement(account=one, since=TODAY + 20 * DAY, until=TODAY + 21 * DAY)


def test_sums_by_kind_never_add_two_currencies(django_assert_num_queries: Any) -> None:
    pay_in("wallet:amina:EUR", 499, key="euros")
    with django_assert_num_queries(1):
        sums = {(row.kind.value, row.money.currency): (row.count, row.money.amount_minor) for row in list_kind_sums()}
    assert sums == {
        ("WALLET", "MGA"): (2, 800),
        ("WALLET", "EUR"): (1, 499),
        ("REVENUE", "MGA"): (1, 200),
        ("CLEARING", "MGA"): (1, 1000),
        ("CLEARING", "EUR"): (1, 499),
    }


def test_accounts_are_found_by_number() -> None:
    assert find_account(pk=account(AMINA).pk) == account(AMINA)
    assert find_account(pk=0) is None
