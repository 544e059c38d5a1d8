"""Posting: whole and once, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from billing.events import PaymentSucceeded
from billing.ledger import (
    AccountClosed,
    AlreadyReversed,
    InsufficientFunds,
    KeyConflict,
    NotAReversal,
    NotEmpty,
    Posting,
    Unbalanced,
    UnknownAccount,
    UnknownPosting,
    close_account,
    get_balance,
    post,
    reverse,
)
from billing.ledger.accounts import again_on_deadlock
from billing.ledger.orders import fingerprint_of
from billing.models import LedgerAccount, LedgerEntry, LedgerTransaction
from billing.tests.ledger.books import AMINA, BEN, MVOLA, NOON, REVENUE, everything, move, pay_in, sums
from core import outbox
from core.models import OutboxEvent
from core.money import LARGEST, Money

pytestmark = pytest.mark.django_db


# ---- What is written -----------------------------------------------------------------------------------------------------------
def test_a_posting_moves_money_and_tells_of_it() -> None:
    posting = post(key="payment:1:settle", kind="SETTLE", lines=[(MVOLA, -4990), (REVENUE, 4158), ("vat:FR:MGA", 832)], now=NOON)
    assert posting.is_new
    row = posting.transaction
    assert (row.key, row.kind, row.effective_date, row.created_at, row.reverses) == ("payment:1:settle", "SETTLE", NOON.date(), NOON, None)
    assert row.fingerprint == fingerprint_of("SETTLE", [(REVENUE, 4158), ("vat:FR:MGA", 832), (MVOLA, -4990)])
    entries = LedgerEntry.objects.filter(transaction=row).order_by("pk").values_list("account__code", "amount", "balance_after")
    assert list(entries) == [(MVOLA, -4990, 4990), (REVENUE, 4158, 4158), ("vat:FR:MGA", 832, 832)]
    assert [sums(code) for code in (MVOLA, REVENUE, "vat:FR:MGA")] == [(4990, 0), (4158, 0), (832, 0)]


def test_the_fingerprint_is_the_same_for_whoever_writes_it() -> None:
    """Pinned: rows of ten years are compared with it."""
    assert fingerprint_of("MOVE", [("wallet:ben:MGA", 5), ("wallet:amina:MGA", -5)]) == (
        "8a70be03a0f7e4e1fcec4cc9214ef0d31b99e2b444319ea85b6741430bc45b5d"
    )


def test_accounts_are_opened_by_their_code() -> None:
    pay_in(AMINA, 100)
    account = LedgerAccount.objects.get(code=AMINA)
    assert (account.kind, account.currency, account.normal, account.allow_negative) == ("WALLET", "MGA", "CREDIT", False)
    assert (account.posted, account.held, account.version, account.owner_key, account.closed_at) == (100, 0, 1, "amina", None)
    pay_in(AMINA, 100)
    account.refresh_from_db()
    assert (account.posted, account.version) == (200, 2)
    assert LedgerAccount.objects.count() == 2


def test_one_account_may_stand_in_two_lines() -> None:
    pay_in(AMINA, 100)
    lines = [(AMINA, -120), (BEN, 120), (BEN, -30), (AMINA, 30)]
    post(key="swap", kind="MOVE", lines=lines, now=NOON)
    assert (sums(AMINA), sums(BEN)) == ((10, 0), (90, 0))
    ends = LedgerEntry.objects.filter(transaction__key="swap").order_by("pk").values_list("balance_after", flat=True)
    assert list(ends) == [-20, 120, 90, 10]


def test_currencies_are_exchanged_by_two_pairs_of_lines() -> None:
    pay_in(AMINA, 5000)
    lines = [(AMINA, -4800), ("fx:MGA", 4800), ("fx:EUR", -100), ("wallet:amina:EUR", 100)]
    post(key="fx:1", kind="EXCHANGE", lines=lines, now=NOON)
    assert [sums(code)[0] for code in (AMINA, "wallet:amina:EUR", "fx:MGA", "fx:EUR")] == [200, 100, 4800, -100]


def test_a_hundred_lines_are_one_posting() -> None:
    lines = [(MVOLA, -99), *((f"wallet:{number}:MGA", 1) for number in range(99))]
    assert post(key="many", kind="GIFT", lines=lines, now=NOON).is_new
    assert LedgerEntry.objects.count() == 100
    assert sums(MVOLA) == (99, 0)


def test_the_largest_amount_fits() -> None:
    for number in range(3):
        pay_in(AMINA, LARGEST, key=f"big:{number}")
    assert sums(AMINA) == (3 * LARGEST, 0)


def test_how_many_queries_a_posting_takes(django_assert_num_queries: Any) -> None:
    pay_in(AMINA, 100)
    writes = 2 if connection.vendor == "sqlite" else 1  # on MariaDB entries and balances cross the wire together
    with django_assert_num_queries(2 + 2 + writes):  # a savepoint and its end; key, accounts; what is written
        pay_in(AMINA, 5, key="second")


# ---- What is asked again -------------------------------------------------------------------------------------------------------
def test_the_same_key_gives_the_first_posting() -> None:
    pay_in(AMINA, 100)
    first = move(AMINA, BEN, 100, key="order:1:commission")
    before = everything()
    for lines in ([(AMINA, -100), (BEN, 100)], [(BEN, 100), (AMINA, -100)]):  # Amina has nothing left, and need not
        again = post(key="order:1:commission", kind="MOVE", lines=lines, now=NOON + timedelta(days=1))
        assert again == Posting(first.transaction, is_new=False)
    assert everything() == before


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("MOVE", [(AMINA, -99), (BEN, 99)]),
        ("MOVE", [(BEN, -100), (AMINA, 100)]),
        ("MOVE", [(AMINA, -100), ("wallet:carol:MGA", 100)]),
        ("MOVE", [(AMINA, -100), (BEN, 60), (BEN, 40)]),
        ("GIFT", [(AMINA, -100), (BEN, 100)]),
    ],
)
def test_the_same_key_for_something_else_is_refused(kind: str, lines: list[tuple[str, int]]) -> None:
    pay_in(AMINA, 300)
    move(AMINA, BEN, 100, key="k")
    before = everything()
    with pytest.raises(KeyConflict):
        post(key="k", kind=kind, lines=lines, now=NOON)
    assert everything() == before


def test_keys_differ_by_case_and_accent() -> None:
    """Two ids of Stripe may differ by case alone."""
    for key in ("pi_abc", "pi_ABC", "pi_abć", "pi_ab c"):
        assert pay_in(AMINA, 1, key=key).is_new, key
    assert sums(AMINA) == (4, 0)


# ---- What is refused -----------------------------------------------------------------------------------------------------------
BAD_LINES: list[tuple[str, list[tuple[str, Any]]]] = [
    ("no line", []),
    ("one line", [(AMINA, 5)]),
    ("a sum", [(AMINA, 5), (MVOLA, -4)]),
    ("a line of nothing", [(AMINA, 0), (MVOLA, 0)]),
    ("a fraction", [(AMINA, 0.37), (MVOLA, -0.37)]),
    ("a text", [(AMINA, "5"), (MVOLA, -5)]),
    ("true", [(AMINA, True), (MVOLA, -1)]),
    ("too large", [(AMINA, LARGEST + 1), (MVOLA, -LARGEST - 1)]),
    ("two currencies that sum to nothing together", [("wallet:amina:EUR", 5), (MVOLA, -5)]),
    ("one currency of two", [("fx:EUR", 5), ("bank:X:EUR", -5), (AMINA, 5), (MVOLA, -4)]),
    ("points and money", [("points:shop:amina", 5), ("points_issued:shop", -5), (AMINA, 5), (MVOLA, -5)]),
    ("too many", [(MVOLA, -100), *[(AMINA, 1)] * 100]),
]


@pytest.mark.parametrize("lines", [lines for _name, lines in BAD_LINES], ids=[name for name, _lines in BAD_LINES])
def test_lines_that_are_no_posting(lines: list[tuple[str, Any]]) -> None:
    with pytest.raises(Unbalanced):
        post(key="k", kind="BAD", lines=lines, now=NOON)
    assert LedgerAccount.objects.count() == LedgerTransaction.objects.count() == LedgerEntry.objects.count() == 0


def test_an_unknown_account_and_bad_keys() -> None:
    with pytest.raises(UnknownAccount):
        post(key="k", kind="BAD", lines=[("purse:amina:MGA", 5), (MVOLA, -5)], now=NOON)
    for key, kind in (("", "K"), ("k" * 121, "K"), ("k ", "K"), ("\tk", "K"), ("k", ""), ("k", "K" * 33)):
        with pytest.raises(ValueError, match="key or kind"):
            post(key=key, kind=kind, lines=[(AMINA, 5), (MVOLA, -5)], now=NOON)
    assert LedgerTransaction.objects.count() == 0


@pytest.mark.parametrize("code", [AMINA, "promo:amina:MGA", "prepaid:shop:MGA", "payable_pending:shop:MGA"])
def test_what_belongs_to_somebody_is_never_overdrawn(code: str) -> None:
    pay_in(code, 100)
    before = everything()
    with pytest.raises(InsufficientFunds) as refusal:
        post(key="k", kind="SPEND", lines=[(code, -101), (REVENUE, 101)], now=NOON)
    assert (refusal.value.code, refusal.value.available) == (code, Money(100, "MGA"))
    assert everything() == before
    assert post(key="k", kind="SPEND", lines=[(code, -100), (REVENUE, 100)], now=NOON).is_new
    assert sums(code) == (0, 0)


def test_points_are_never_overdrawn() -> None:
    post(key="earn", kind="EARN", lines=[("points_issued:shop", -10), ("points:shop:amina", 10)], now=NOON)
    with pytest.raises(InsufficientFunds):
        post(key="burn", kind="BURN", lines=[("points:shop:amina", -11), ("points_issued:shop", 11)], now=NOON)
    assert get_balance("points:shop:amina").available == Money(10, "PTS")


@pytest.mark.parametrize("code", [REVENUE, MVOLA, "vat:FR:MGA", "payable:shop:MGA", "fx:MGA", "suspense:MVOLA:MGA", "dispute:MVOLA:MGA"])
def test_what_is_the_house_s_may_be_negative(code: str) -> None:
    post(key="out", kind="OUT", lines=[(code, -50), ("bank:BOA:MGA", 50)], now=NOON)
    post(key="in", kind="OUT", lines=[(code, 80), ("bank:BOA:MGA", -80)], now=NOON)
    assert abs(sums(code)[0]) == 30


def test_a_closed_account_takes_nothing() -> None:
    pay_in(AMINA, 100)
    with pytest.raises(NotEmpty):
        close_account(code=AMINA, now=NOON)
    move(AMINA, BEN, 100, key="out")
    assert close_account(code=AMINA, now=NOON)
    assert not close_account(code=AMINA, now=NOON)
    assert not close_account(code="wallet:nobody:MGA", now=NOON)
    before = everything()
    with pytest.raises(AccountClosed):
        move(BEN, AMINA, 10, key="in")
    assert everything() == before
    assert LedgerAccount.objects.get(code=AMINA).closed_at == NOON


def test_a_refusal_inside_of_another_transaction_leaves_it_usable() -> None:
    pay_in(AMINA, 100)
    with transaction.atomic():
        move(AMINA, BEN, 60, key="a")
        with pytest.raises(InsufficientFunds):
            move(AMINA, BEN, 60, key="b")
        with pytest.raises(KeyConflict):
            move(AMINA, BEN, 1, key="a")
        assert not move(AMINA, BEN, 60, key="a").is_new
        move(AMINA, BEN, 40, key="c")
    assert (sums(AMINA), sums(BEN)) == ((0, 0), (100, 0))


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_around_it_was_never_posted() -> None:
    pay_in(AMINA, 100)

    def give_up() -> None:
        with transaction.atomic():
            move(AMINA, BEN, 60, key="a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        give_up()
    assert sums(AMINA) == (100, 0)
    assert move(AMINA, BEN, 60, key="a").is_new


@pytest.mark.django_db(transaction=True)
def test_accounts_whose_opening_was_taken_back_are_opened_again() -> None:
    """The process remembers ids of accounts; SQLite gives those that were taken back to others."""

    def give_up() -> None:
        with transaction.atomic():
            pay_in("wallet:carol:MGA", 5, key="a")
            pay_in("wallet:dera:EUR", 5, key="b")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        give_up()
    move(REVENUE, "wallet:dera:MGA", 9, key="c")
    pay_in("wallet:carol:MGA", 7, key="d")
    with transaction.atomic():
        pay_in("wallet:dera:EUR", 3, key="e")
    found = {code: sums(code)[0] for code in LedgerAccount.objects.values_list("code", flat=True)}
    assert found.pop("clearing:MVOLA:MGA") == 7
    assert found == {REVENUE: -9, "wallet:dera:MGA": 9, "wallet:carol:MGA": 7, "wallet:dera:EUR": 3, "clearing:MVOLA:EUR": 3}


# ---- Undoing -------------------------------------------------------------------------------------------------------------------
def test_a_posting_is_undone_whole_and_once() -> None:
    undone = pay_in(AMINA, 100, key="payment:1:settle").transaction
    first = reverse(key="payment:1:settle", now=NOON)
    assert first.is_new
    assert (first.transaction.key, first.transaction.kind, first.transaction.reverses) == (f"reversal:{undone.pk}", "REVERSAL", undone)
    assert (sums(AMINA), sums(MVOLA)) == ((0, 0), (0, 0))
    assert reverse(key="payment:1:settle", now=NOON) == Posting(first.transaction, is_new=False)
    assert LedgerEntry.objects.count() == 4  # what was written stays


def test_undoing_can_be_undone() -> None:
    pay_in(AMINA, 100, key="a")
    back = reverse(key="a", now=NOON).transaction
    assert reverse(key=back.key, now=NOON).is_new
    assert sums(AMINA) == (100, 0)


def test_what_was_spent_cannot_be_taken_back() -> None:
    pay_in(AMINA, 100, key="a")
    move(AMINA, BEN, 30, key="b")
    with pytest.raises(InsufficientFunds) as refusal:
        reverse(key="a", now=NOON)
    assert refusal.value.available == Money(70, "MGA")
    assert sums(AMINA) == (70, 0)


def test_lines_that_do_not_undo() -> None:
    undone = pay_in(AMINA, 100, key="a").transaction
    for lines in ([(AMINA, -99), (MVOLA, 99)], [(AMINA, 100), (MVOLA, -100)], [(AMINA, -60), (AMINA, -40), (MVOLA, 100)]):
        with pytest.raises(NotAReversal):
            post(key="undo", kind="REVERSAL", lines=lines, now=NOON, reverses=undone)
    assert sums(AMINA) == (100, 0)


def test_a_second_undoing_under_another_key_is_refused() -> None:
    undone = pay_in(AMINA, 100, key="a").transaction
    pay_in(AMINA, 100, key="b")
    reverse(key="a", now=NOON)
    with pytest.raises(AlreadyReversed):
        post(key="again", kind="REVERSAL", lines=[(MVOLA, 100), (AMINA, -100)], now=NOON, reverses=undone)
    assert sums(AMINA) == (100, 0)
    with pytest.raises(UnknownPosting):
        reverse(key="nothing", now=NOON)


# ---- Events --------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def told() -> Iterator[None]:
    """The table of the outbox, with one handler that is told of payments."""
    kept = outbox.registered()
    outbox.register([outbox.Route(PaymentSucceeded, _hear)])
    yield
    outbox.register(kept)


def _hear(event: PaymentSucceeded) -> None:
    raise AssertionError("nobody delivers in these tests")


@pytest.mark.usefixtures("told")
def test_what_happened_is_published_with_the_posting_and_once() -> None:
    event = PaymentSucceeded(payment_id=1, purpose="WALLET_TOPUP", subject_key="wallet:amina")
    lines = [(MVOLA, -5), (AMINA, 5)]
    for _time in range(2):
        post(key="payment:1:settle", kind="SETTLE", lines=lines, now=NOON, events=[event])
    with pytest.raises(InsufficientFunds):
        post(key="payment:2:settle", kind="SETTLE", lines=[(AMINA, -6), (MVOLA, 6)], now=NOON, events=[event])
    rows = OutboxEvent.objects.values_list("event", "payload")
    assert list(rows) == [("billing.PaymentSucceeded", {"payment_id": 1, "purpose": "WALLET_TOPUP", "subject_key": "wallet:amina"})]


# ---- Deadlocks -----------------------------------------------------------------------------------------------------------------
class Engine:
    """A deed that the engine breaks off some times."""

    def __init__(self, times: int, code: int) -> None:
        self.times, self.code, self.calls = times, code, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.times:
            raise OperationalError(self.code, "broken off")
        return "done"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", [1213, 1205])
def test_what_the_engine_broke_off_is_done_again(code: int) -> None:
    deed = Engine(4, code)
    assert again_on_deadlock(deed) == "done"
    assert deed.calls == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("times", "code", "calls"), [(5, 1213, 5), (1, 2006, 1)])
def test_not_for_ever_and_not_for_another_reason(times: int, code: int, calls: int) -> None:
    deed = Engine(times, code)
    with pytest.raises(OperationalError):
        again_on_deadlock(deed)
    assert deed.calls == calls


def test_inside_of_a_transaction_it_is_the_caller_who_begins_again() -> None:
    deed: Callable[[], str] = Engine(1, 1213)
    with pytest.raises(OperationalError):
        again_on_deadlock(deed)
