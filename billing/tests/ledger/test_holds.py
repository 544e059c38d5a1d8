"""Holds: kept aside, then taken or set free, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from billing.enums import HoldState
from billing.ledger import (
    AccountClosed,
    AlreadyResolved,
    InsufficientFunds,
    KeyConflict,
    NotCovered,
    NotEmpty,
    Unbalanced,
    UnknownAccount,
    UnknownHold,
    capture_hold,
    close_account,
    expire_holds,
    place_hold,
    prove,
    void_hold,
)
from billing.models import Hold, LedgerAccount, LedgerTransaction
from billing.tests.ledger.books import AMINA, BEN, NOON, REVENUE, SOON, everything, move, pay_in, sums
from core.money import LARGEST, MixedCurrencies, Money

pytestmark = pytest.mark.django_db


def hold(amount: int, *, key: str = "h", code: str = AMINA, **other: Any) -> Hold:
    currency = code.rpartition(":")[2]
    asked: dict[str, Any] = {"key": key, "code": code, "money": Money(amount, currency), "expires_at": SOON, "now": NOON}
    return place_hold(**asked | other)


def take(amount: int) -> list[tuple[str, int]]:
    return [(AMINA, -amount), (REVENUE, amount)]


@pytest.fixture(autouse=True)
def _money() -> None:
    pay_in(AMINA, 100)


def test_what_is_held_cannot_be_spent_and_still_is_there() -> None:
    held = hold(70)
    assert (held.account.code, held.amount_minor, held.state, held.expires_at, held.resolved_by) == (AMINA, 70, "PENDING", SOON, None)
    assert sums(AMINA) == (100, 70)
    with pytest.raises(InsufficientFunds) as refusal:
        move(AMINA, BEN, 31, key="a")
    assert refusal.value.available == Money(30, "MGA")
    move(AMINA, BEN, 30, key="b")
    assert sums(AMINA) == (70, 70)


def test_no_more_is_held_than_is_free() -> None:
    hold(70)
    before = everything()
    with pytest.raises(InsufficientFunds) as refusal:
        hold(31, key="other")
    assert refusal.value.available == Money(30, "MGA")
    assert everything() == before
    assert Hold.objects.count() == 1
    hold(30, key="other")
    assert sums(AMINA) == (100, 100)


def test_nothing_is_held_of_an_account_that_nobody_filled() -> None:
    with pytest.raises(InsufficientFunds):
        hold(1, code="wallet:carol:MGA")
    assert Hold.objects.count() == 0


def test_the_same_key_gives_the_first_hold() -> None:
    first = hold(70)
    assert hold(70, expires_at=SOON + timedelta(days=1)).pk == first.pk
    assert sums(AMINA) == (100, 70)
    others: list[dict[str, Any]] = [{"amount": 69}, {"amount": 70, "code": BEN}]
    for other in others:
        with pytest.raises(KeyConflict):
            hold(**other)
    void_hold(key="h", now=NOON)
    assert hold(70).state == HoldState.VOIDED  # a key is used once, whatever became of it
    assert sums(AMINA) == (100, 0)


@pytest.mark.parametrize(
    "change",
    [
        *({"money": Money(amount, "MGA")} for amount in (0, -5, LARGEST + 1)),
        *({"expires_at": NOON}, {"key": ""}, {"key": "k "}, {"key": "k" * 121}),
    ],
)
def test_holds_of_nothing_or_for_no_time(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no hold"):
        hold(5, **change)
    assert sums(AMINA) == (100, 0)


def test_holds_on_no_account() -> None:
    with pytest.raises(UnknownAccount):
        hold(5, code="purse:amina:MGA")
    with pytest.raises(MixedCurrencies):
        hold(5, money=Money(5, "EUR"))
    move(AMINA, BEN, 100, key="out")
    close_account(code=AMINA, now=NOON)
    with pytest.raises(AccountClosed):
        hold(5)


def test_a_held_account_is_not_closed() -> None:
    hold(5, code="payable:shop:MGA")  # it may be negative, so it can hold what it has not
    with pytest.raises(NotEmpty):
        close_account(code="payable:shop:MGA", now=NOON)
    assert sums("payable:shop:MGA") == (0, 5)


# ---- Taking --------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("amount", [1, 40, 70])
def test_a_capture_takes_what_it_says_and_frees_the_rest(amount: int) -> None:
    held = hold(70)
    posting = capture_hold(key="h", lines=take(amount), now=SOON)
    assert posting.is_new
    assert (posting.transaction.key, posting.transaction.kind) == (f"hold:{held.pk}:capture", "CAPTURE")
    held.refresh_from_db()
    assert (held.state, held.resolved_by) == (HoldState.POSTED, posting.transaction)
    assert (sums(AMINA), sums(REVENUE)) == ((100 - amount, 0), (amount, 0))


def test_a_capture_may_have_many_lines() -> None:
    hold(70)
    lines = [(AMINA, -50), (AMINA, -20), ("payable_pending:shop:MGA", 63), ("revenue:commission:MGA", 7)]
    capture_hold(key="h", lines=lines, now=NOON)
    assert (sums(AMINA), sums("payable_pending:shop:MGA")) == ((30, 0), (63, 0))


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (take(71), NotCovered),
        ([(AMINA, 5), (REVENUE, -5)], NotCovered),
        ([(BEN, -5), (REVENUE, 5)], NotCovered),
        ([(AMINA, -5), (AMINA, 5)], NotCovered),
        ([(AMINA, -70), (REVENUE, 69)], Unbalanced),
        ([], Unbalanced),
        ([(AMINA, -5), ("purse:x:MGA", 5)], UnknownAccount),
        ([(AMINA, -70), (BEN, -5), (REVENUE, 75)], InsufficientFunds),
    ],
)
def test_a_capture_that_is_not_covered_leaves_the_hold(lines: list[tuple[str, int]], error: type[Exception]) -> None:
    hold(70)
    before = everything()
    with pytest.raises(error):
        capture_hold(key="h", lines=lines, now=NOON)
    assert everything() == before
    assert Hold.objects.get().state == HoldState.PENDING
    assert prove(now=NOON).is_green


def test_a_hold_on_an_account_of_the_other_side() -> None:
    """A receivable grows by debit, so it is credit that takes from it."""
    move("receivable:shop:MGA", REVENUE, 60, key="lend")
    assert sums("receivable:shop:MGA") == (60, 0)
    hold(50, code="receivable:shop:MGA")
    with pytest.raises(NotCovered):
        capture_hold(key="h", lines=[("receivable:shop:MGA", -50), (BEN, 50)], now=NOON)
    capture_hold(key="h", lines=[("receivable:shop:MGA", 50), (REVENUE, -50)], now=NOON)
    assert sums("receivable:shop:MGA") == (10, 0)


# ---- Once ----------------------------------------------------------------------------------------------------------------------
ENDS: dict[str, Callable[[], object]] = {
    "POSTED": lambda: capture_hold(key="h", lines=take(40), now=NOON),
    "VOIDED": lambda: void_hold(key="h", now=NOON),
    "EXPIRED": lambda: expire_holds(now=SOON),
}


@pytest.mark.parametrize("first", ENDS)
def test_a_hold_is_resolved_once(first: str) -> None:
    hold(70)
    ENDS[first]()
    before, state = everything(), Hold.objects.get().state
    assert state == first
    for again in (ENDS["POSTED"], ENDS["VOIDED"]):
        with pytest.raises(AlreadyResolved) as refusal:
            again()
        assert refusal.value.state == first
    assert expire_holds(now=SOON) == 0
    assert everything() == before
    assert Hold.objects.get().state == first
    assert prove(now=NOON).is_green


def test_a_hold_that_nobody_placed() -> None:
    with pytest.raises(UnknownHold):
        capture_hold(key="x", lines=take(1), now=NOON)
    with pytest.raises(UnknownHold):
        void_hold(key="x", now=NOON)


def test_what_was_voided_is_free() -> None:
    hold(70)
    assert void_hold(key="h", now=NOON).state == HoldState.VOIDED
    assert sums(AMINA) == (100, 0)
    assert LedgerTransaction.objects.count() == 1  # setting free moves nothing


# ---- Expiring ------------------------------------------------------------------------------------------------------------------
def test_only_what_is_over_expires() -> None:
    hold(10, key="early", expires_at=NOON + timedelta(minutes=1))
    hold(20, key="late", expires_at=NOON + timedelta(minutes=2))
    hold(30, key="taken", expires_at=NOON + timedelta(minutes=1))
    capture_hold(key="taken", lines=take(30), now=NOON)
    assert expire_holds(now=NOON) == 0
    assert expire_holds(now=NOON + timedelta(minutes=1)) == 1
    assert sums(AMINA) == (70, 20)
    assert expire_holds(now=NOON + timedelta(hours=1)) == 1
    assert sums(AMINA) == (70, 0)
    states = dict(Hold.objects.values_list("key", "state"))
    assert states == {"early": "EXPIRED", "late": "EXPIRED", "taken": "POSTED"}


def test_a_capture_before_the_job_came_is_not_too_late() -> None:
    hold(70)
    assert capture_hold(key="h", lines=take(70), now=SOON + timedelta(minutes=1)).is_new


def test_many_expire_at_once() -> None:
    for number in range(40):
        hold(2, key=f"h{number}")
    assert expire_holds(now=SOON) == 40
    assert sums(AMINA) == (100, 0)
    assert LedgerAccount.objects.get(code=AMINA).version == 81
