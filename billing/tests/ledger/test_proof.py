"""The proof: green over honest books, red over every kind of forgery, and it says where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.tests.factories import make_user
from billing.enums import HoldState, PaymentState, Provider, Purpose, RefundChannel, RefundReason, RefundState
from billing.ledger import AlreadyProving, capture_hold, look, place_hold, post, prove, reverse
from billing.ledger.proof import INVARIANTS, chain, proving
from billing.ledger.proof.chain import GENESIS
from billing.ledger.proof.payments import list_stuck_clearing
from billing.models import Hold, LedgerAccount, LedgerEntry, LedgerProof, LedgerTransaction, Payment, Refund
from billing.tests.ledger.books import AMINA, BEN, MVOLA, NOON, REVENUE, SOON, move, pay_in
from core import audit
from core.models import AuditEntry
from core.money import Money

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=12)


@pytest.fixture
def books() -> None:
    """Some days of a small house: money in, moved, held, taken, exchanged, undone; points too."""
    pay_in(AMINA, 1000, key="in:1")
    move(AMINA, BEN, 300, key="move:1")
    place_hold(key="h1", code=AMINA, money=Money(200, "MGA"), expires_at=SOON, now=NOON)
    capture_hold(key="h1", lines=[(AMINA, -150), (REVENUE, 150)], now=NOON)
    place_hold(key="h2", code=BEN, money=Money(100, "MGA"), expires_at=SOON, now=NOON)
    exchange = [(AMINA, -480), ("fx:MGA", 480), ("fx:EUR", -10), ("wallet:amina:EUR", 10)]
    post(key="fx:1", kind="EXCHANGE", lines=exchange, now=NOON)
    post(key="points:1", kind="EARN", lines=[("points_issued:shop", -5), ("points:shop:amina", 5)], now=NOON)
    pay_in(BEN, 40, key="in:2")
    reverse(key="in:2", now=NOON)


def make_payment(**change: Any) -> Payment:
    values: dict[str, Any] = {
        "payer": make_user("Dera"),
        "purpose": Purpose.WALLET_TOPUP,
        "subject_key": "wallet:dera",
        "amount_minor": 500,
        "currency": "MGA",
        "provider": Provider.MVOLA,
        "state": PaymentState.SUCCEEDED,
        "client_key": "019358b2-0000-7000-8000-000000000001",
        "created_at": NOON,
        "expires_at": SOON,
    }
    return Payment.objects.create(**values | change)


def red(proof: LedgerProof) -> dict[str, list[str]]:
    assert proof.is_green == (not any(proof.results.values()))
    return {name: places for name, places in proof.results.items() if places}


# ---- Green ---------------------------------------------------------------------------------------------------------------------
def test_an_empty_house_is_proved() -> None:
    proof = prove(now=NOON)
    assert (proof.number, proof.date, proof.is_green, proof.last_entry_id) == (1, NOON.date(), True, 0)
    assert proof.results == {name: [] for name in INVARIANTS}
    assert look() == {"I1": [], "I2": [], "I3": [], "I4": [], "I6": []}


@pytest.mark.usefixtures("books")
def test_honest_books_are_green_and_the_chain_grows() -> None:
    first = prove(now=NOON)
    assert red(first) == {}
    assert first.last_entry_id == LedgerEntry.objects.latest("pk").pk
    assert first.chain not in ("", GENESIS)
    move(BEN, AMINA, 10, key="move:2", now=LATER)
    second, third = prove(now=LATER), prove(now=LATER)
    assert red(second) == red(third) == {}
    assert [proof.number for proof in (first, second, third)] == [1, 2, 3]
    assert second.last_entry_id == third.last_entry_id == first.last_entry_id + 2
    assert len({first.chain, second.chain, third.chain}) == 3


@pytest.mark.usefixtures("books")
def test_each_proof_is_in_the_audit_chain_of_the_house() -> None:
    proof = prove(now=NOON)
    entry = AuditEntry.objects.get(object_kind="ledger_proof")
    assert (entry.action, entry.object_ref, entry.reason, entry.after_sha256) == ("ledger.prove", "1", "green", proof.chain)
    assert (entry.role, entry.handle, entry.actor_hash) == ("system", "", ""), "nobody of the team: the house itself"
    assert audit.verify().holds


def test_two_who_prove_at_once_do_not_fork_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    pay_in(AMINA, 100)
    whole = chain.read_chain

    def slow(*, until: int) -> Any:
        monkeypatch.setattr(proving, "read_chain", whole)
        prove(now=NOON)  # another process is quicker
        return whole(until=until)

    monkeypatch.setattr(proving, "read_chain", slow)
    with pytest.raises(AlreadyProving):
        prove(now=NOON)
    assert LedgerProof.objects.count() == 1
    assert red(prove(now=NOON)) == {}


# ---- Forgeries -----------------------------------------------------------------------------------------------------------------
def entry(key: str, code: str) -> LedgerEntry:
    return LedgerEntry.objects.get(transaction__key=key, account__code=code)


def change(row: Any, **values: Any) -> int:
    return int(type(row)._default_manager.filter(pk=row.pk).update(**values))


def account(code: str) -> LedgerAccount:
    return LedgerAccount.objects.get(code=code)


def add_entry(key: str, code: str, amount: int, balance: int) -> None:
    row = LedgerTransaction.objects.get(key=key)
    LedgerEntry.objects.create(transaction=row, account=account(code), amount=amount, balance_after=balance)


def forge_posting(key: str, code: str, amount: int) -> None:
    """A balanced pair, balances and all, but under a key that stood for something else."""
    for one, signed in ((code, amount), (MVOLA, -amount)):
        found = account(one)
        balance = found.posted + amount
        change(found, posted=balance)
        add_entry(key, one, signed, balance)


FORGERIES: dict[str, tuple[Callable[[], object], set[str]]] = {
    "an amount": (lambda: change(entry("in:1", AMINA), amount=1001), {"I1", "I2", "I5", "I7"}),
    "both amounts": (
        lambda: [change(entry("in:1", AMINA), amount=1001), change(entry("in:1", MVOLA), amount=-1001)],
        {"I2", "I5", "I7"},
    ),
    "an account": (lambda: change(entry("in:1", AMINA), account=account(BEN)), {"I2", "I5", "I7"}),
    "a balance after": (lambda: change(entry("move:1", BEN), balance_after=299), {"I7"}),
    "the last balance after": (lambda: change(entry("points:1", "points:shop:amina"), balance_after=6), {"I2", "I7"}),
    "a deleted entry": (lambda: entry("move:1", BEN).delete(), {"I1", "I2", "I5", "I7"}),
    "a deleted posting": (lambda: LedgerEntry.objects.filter(transaction__key="fx:1").delete(), {"I1", "I2", "I7"}),
    "the last posting cut off": (lambda: LedgerEntry.objects.filter(transaction__kind="REVERSAL").delete(), {"I1", "I2", "I7"}),
    "an added pair": (lambda: forge_posting("in:1", AMINA, 50), {"I5"}),
    "a key": (lambda: change(LedgerTransaction.objects.get(key="in:1"), key="in:9"), {"I7"}),
    "a kind": (lambda: change(LedgerTransaction.objects.get(key="in:1"), kind="GIFT"), {"I5", "I7"}),
    "a fingerprint": (lambda: change(LedgerTransaction.objects.get(key="in:1"), fingerprint="0" * 64), {"I5", "I7"}),
    "a date": (lambda: change(LedgerTransaction.objects.get(key="in:1"), created_at=SOON), {"I7"}),
    "a balance": (lambda: change(account(AMINA), posted=account(AMINA).posted + 1), {"I2", "I3"}),
    "two balances": (
        lambda: [change(account(AMINA), posted=account(AMINA).posted + 1), change(account(REVENUE), posted=account(REVENUE).posted - 1)],
        {"I2"},
    ),
    "a wallet that may be negative": (lambda: change(account(AMINA), allow_negative=True), {"I4"}),
    "a wallet of another side": (lambda: change(account("wallet:amina:EUR"), normal="DEBIT"), {"I2", "I3", "I4"}),
    "an odd code": (lambda: change(account("wallet:amina:EUR"), code="purse:amina:EUR"), {"I4", "I5", "I7"}),
    "what is held": (lambda: change(account(BEN), held=99), {"I6"}),
    "a pending hold": (lambda: change(Hold.objects.get(key="h2"), amount_minor=101), {"I6"}),
    "a hold that is free without its money": (lambda: change(Hold.objects.get(key="h2"), state=HoldState.VOIDED), {"I6"}),
    "a capture without its hold": (lambda: change(Hold.objects.get(key="h1"), state=HoldState.VOIDED, resolved_by=None), {"I6"}),
    "a hold resolved by another posting": (
        lambda: change(Hold.objects.get(key="h1"), resolved_by=LedgerTransaction.objects.get(key="in:1")),
        {"I6"},
    ),
    "a chain": (lambda: change(LedgerProof.objects.get(), chain="0" * 64), {"I7"}),
    "a proof that reached less far": (lambda: change(LedgerProof.objects.get(), last_entry_id=2), {"I7"}),
}


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_found(name: str) -> None:
    deed, wanted = FORGERIES[name]
    assert red(prove(now=NOON)) == {}
    deed()
    found = red(prove(now=LATER))
    assert set(found) == wanted
    assert all(places for places in found.values())


@pytest.mark.usefixtures("books")
def test_proofs_that_were_made_again_over_forged_entries_are_found() -> None:
    """A forger who owns the database makes books, fingerprints and proofs agree; the audit chain remembers other ends."""
    prove(now=NOON)
    change(entry("move:1", BEN), balance_after=299)
    LedgerProof.objects.all().delete()
    again = prove(now=LATER)
    assert again.number == 1
    assert red(prove(now=LATER)) == {"I7": ["proof 1 and the audit"]}


@pytest.mark.usefixtures("books")
def test_places_are_named() -> None:
    change(entry("in:1", AMINA), amount=1001)
    found = red(prove(now=NOON))
    assert found["I1"] == ["in:1 MGA 1"]
    assert found["I2"] == [AMINA]
    assert found["I5"] == ["in:1"]
    change(account(REVENUE), posted=account(REVENUE).posted + 7)
    assert red(prove(now=NOON))["I3"] == ["MGA 7"]


def test_a_posting_without_entries_is_half() -> None:
    LedgerTransaction.objects.create(key="half", fingerprint="x", kind="K", effective_date=NOON.date(), created_at=NOON)
    assert red(prove(now=NOON)) == {"I1": ["half has no entries"]}


def test_no_more_than_twenty_places_are_noted() -> None:
    for number in range(25):
        LedgerTransaction.objects.create(key=f"half:{number}", fingerprint="x", kind="K", effective_date=NOON.date(), created_at=NOON)
    assert len(red(prove(now=NOON))["I1"]) == 20


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("a balance", {"I2", "I3"}),
        ("what is held", {"I6"}),
        ("a pending hold", {"I6"}),
        ("an amount", {"I1"}),
        ("a deleted entry", {"I1"}),
    ],
)
def test_a_look_sees_what_a_moment_allows(name: str, seen: set[str]) -> None:
    """Before the first proof all entries are young."""
    FORGERIES[name][0]()
    assert {invariant for invariant, places in look().items() if places} == seen


@pytest.mark.usefixtures("books")
def test_a_look_costs_the_same_however_long_the_books_are(django_assert_num_queries: Any) -> None:
    prove(now=NOON)
    with django_assert_num_queries(6):
        look()
    for number in range(5):
        move(AMINA, BEN, 1, key=f"more:{number}")
    with django_assert_num_queries(6):
        assert not any(look().values())


# ---- Payments ------------------------------------------------------------------------------------------------------------------
def settle(payment: Payment) -> None:
    pay_in("wallet:dera:MGA", payment.amount_minor, key=f"payment:{payment.pk}:settle")


def test_a_payment_and_its_posting_belong_together() -> None:
    payment = make_payment()
    assert red(prove(now=NOON)) == {"I10": [f"payment:{payment.pk}:settle is missing"]}
    settle(payment)
    assert red(prove(now=NOON)) == {}


@pytest.mark.parametrize("state", sorted(set(PaymentState) - {PaymentState.SUCCEEDED}))
def test_what_was_posted_was_paid(state: PaymentState) -> None:
    payment = make_payment(state=state)
    assert red(prove(now=NOON)) == {}
    settle(payment)
    assert red(prove(now=NOON)) == {"I10": [f"payment:{payment.pk}:settle has no payment"]}
    reverse(key=f"payment:{payment.pk}:settle", now=NOON)
    assert red(prove(now=NOON)) == {}


def test_a_posting_of_a_payment_that_never_was() -> None:
    for key in ("payment:999:settle", "payment:x:settle"):
        pay_in(AMINA, 1, key=key)
    assert red(prove(now=NOON)) == {"I10": ["payment:999:settle has no payment", "payment:x:settle has no payment"]}


def test_a_refund_and_its_posting_belong_together() -> None:
    payment = make_payment()
    settle(payment)
    refund = Refund.objects.create(
        payment=payment,
        amount_minor=200,
        reason=RefundReason.GOODWILL,
        channel=RefundChannel.MANUAL,
        state=RefundState.SUCCEEDED,
        created_at=NOON,
    )
    assert red(prove(now=NOON)) == {"I10": [f"refund:{refund.pk}:settle is missing"]}
    post(key=f"refund:{refund.pk}:settle", kind="REFUND", lines=[("wallet:dera:MGA", -200), (MVOLA, 200)], now=NOON)
    assert red(prove(now=NOON)) == {}


def test_a_currency_that_nobody_knows_is_found() -> None:
    payment = make_payment(state=PaymentState.PENDING, currency="OUV")
    assert red(prove(now=NOON)) == {"I8": [f"Payment {payment.pk} OUV"]}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a BIGINT of MariaDB takes no fraction, so that none can be planted there")
def test_a_fraction_of_an_ariary_is_found() -> None:
    payment = make_payment(state=PaymentState.PENDING)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_payment SET amount_minor = 0.37 WHERE id = %s", [payment.pk])
    assert red(prove(now=NOON)) == {"I8": [f"Payment {payment.pk}"]}


# ---- Clearing ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("provider", "days"), [("MVOLA", 3), ("ORANGE", 3), ("AIRTEL", 3), ("STRIPE", 7), ("PAYPAL", 7)])
def test_what_a_provider_keeps_too_long_is_found(provider: str, days: int) -> None:
    code = f"clearing:{provider}:EUR"
    post(key="in", kind="SETTLE", lines=[(code, -499), ("revenue:subscription:EUR", 499)], now=NOON)
    due = NOON + timedelta(days=days)
    assert red(prove(now=due - timedelta(seconds=1))) == {}
    assert red(prove(now=due)) == {"I9": [f"{code} 4.99 EUR"]}
    post(key="out", kind="PAYOUT", lines=[(code, 499), ("bank:BOA:EUR", -499)], now=due)
    assert red(prove(now=due)) == {}


def test_a_busy_account_shows_its_oldest_debt() -> None:
    """It is paid into and out of each day and never empty: the balance alone would say nothing."""
    pay_in(AMINA, 1000, key="lost", now=NOON)
    for day in range(1, 11):
        now = NOON + timedelta(days=day)
        pay_in(AMINA, 400, key=f"in:{day}", now=now)
        if day < 9:
            post(key=f"out:{day}", kind="PAYOUT", lines=[(MVOLA, 400), ("bank:BOA:MGA", -400)], now=now + timedelta(hours=1))
    late = list_stuck_clearing(now=NOON + timedelta(days=12, hours=1))
    assert late == [(MVOLA, Money(1000 + 9 * 400 - 8 * 400, "MGA"))]
