"""Refunds that the team sends by hand, those of wallets, and none while the books are wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from billing.enums import RefundState
from billing.ledger import InsufficientFunds, get_balance, post
from billing.models import LedgerProof, LedgerTransaction, Payment, Refund
from billing.providers.base import ProviderState, Refunded, Refused
from billing.services import janitor
from billing.services.payments import settle_payment
from billing.services.refunds import (
    NotYoursToDecide,
    ReferenceTaken,
    ReferenceUnfit,
    RefundsStopped,
    WrongRefundState,
    approve_refund,
    confirm_manual_refund,
    record_manual_refund,
    refund_whole,
    reject_refund,
    settle_refund,
    settle_refund_as_found,
    take_back_reference,
)
from billing.tests.bank import Bank, pending
from billing.tests.payments.conftest import Install
from billing.tests.payments.factories import (
    NOW,
    after,
    is_proven,
    lines_of,
    paid_payment,
    push_payment,
    sent_payment,
)
from billing.tests.payments.giving import ask, reload, submit
from core.models import AuditEntry
from core.money import Money

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_hand(mvola: Bank, amina: User, mod: User) -> Refund:
    """MVola has no refund call: asked for by the payer, agreed to by one of the team."""
    payment = paid_payment(mvola, amina, make=push_payment)
    refund = ask(payment, by=amina, reason="WITHDRAWAL")
    assert (refund.state, refund.channel) == ("REQUESTED", "MANUAL")
    return approve_refund(refund_id=refund.pk, by=mod, now=NOW)


def send(refund: Refund, by: User, reference: str = "MV-2026.11/7") -> Refund:
    return record_manual_refund(refund_id=refund.pk, by=by, operator_reference=reference, now=NOW)


# ---- By hand ---------------------------------------------------------------------------------------------------------------------------
def test_one_sends_and_another_confirms(by_hand: Refund, amina: User, mod: User, other_mod: User) -> None:
    sent = send(by_hand, mod)
    assert (sent.state, sent.operator_reference, sent.sent_by) == ("SUBMITTED", "MV-2026.11/7", mod)
    assert get_balance("revenue:subscription:MGA").posted.amount_minor == 20_000  # nothing is booked on one person's word
    with pytest.raises(NotYoursToDecide):
        confirm_manual_refund(refund_id=by_hand.pk, by=mod, now=NOW)
    with pytest.raises(NotYoursToDecide):
        confirm_manual_refund(refund_id=by_hand.pk, by=amina, now=NOW)
    assert confirm_manual_refund(refund_id=by_hand.pk, by=other_mod, now=NOW).state == "SUCCEEDED"
    assert lines_of(f"refund:{by_hand.pk}:settle") == {"clearing:MVOLA:MGA": 20_000, "revenue:subscription:MGA": -20_000}
    actions = [row.action for row in AuditEntry.objects.filter(object_kind="refund").order_by("seq")]
    assert actions == ["refund.approve", "refund.send", "refund.confirm"]
    assert is_proven()


def test_confirmed_once(by_hand: Refund, mod: User, other_mod: User) -> None:
    send(by_hand, mod)
    confirm_manual_refund(refund_id=by_hand.pk, by=other_mod, now=NOW)
    with pytest.raises(WrongRefundState):
        confirm_manual_refund(refund_id=by_hand.pk, by=other_mod, now=NOW)
    with pytest.raises(WrongRefundState):
        send(by_hand, mod)


@pytest.mark.parametrize("reference", ["", "abc", " ", "a" * 65, "MV 1234", "<b>1234", "1234\n5678"])
def test_references_that_are_none(by_hand: Refund, mod: User, reference: str) -> None:
    with pytest.raises(ReferenceUnfit):
        send(by_hand, mod, reference)
    assert reload(by_hand).state == "APPROVED"


def test_one_payout_pays_one_refund(by_hand: Refund, mvola: Bank, ben: User, mod: User, other_mod: User) -> None:
    send(by_hand, mod)
    other = ask(paid_payment(mvola, ben, make=push_payment, msisdn="+261340000009"), by=ben)
    approve_refund(refund_id=other.pk, by=other_mod, now=NOW)
    with pytest.raises(ReferenceTaken):
        send(other, other_mod)
    assert reload(other).state == "APPROVED"


def test_a_payout_that_the_operator_does_not_show(by_hand: Refund, mod: User, other_mod: User) -> None:
    send(by_hand, mod)
    with pytest.raises(NotYoursToDecide):
        take_back_reference(refund_id=by_hand.pk, by=mod, reason="typing error", now=NOW)
    back = take_back_reference(refund_id=by_hand.pk, by=other_mod, reason="not in the list of the day", now=NOW)
    assert (back.state, back.operator_reference, back.sent_by) == ("APPROVED", None, None)
    send(by_hand, mod, "MV-2026.11/8")
    confirm_manual_refund(refund_id=by_hand.pk, by=other_mod, now=NOW)
    assert is_proven()


def test_what_waits_to_be_sent_can_still_be_refused(by_hand: Refund, other_mod: User) -> None:
    assert reject_refund(refund_id=by_hand.pk, by=other_mod, reason="the number is closed", now=NOW).state == "FAILED"


def test_the_janitor_leaves_work_of_hands_alone(by_hand: Refund, mvola: Bank, mod: User) -> None:
    send(by_hand, mod)
    for hours in range(1, 60):
        janitor.make_round(now=after(hours=hours))
    assert (reload(by_hand).state, mvola.count("refund"), mvola.count("fetch_refund")) == ("SUBMITTED", 0, 0)


def test_one_by_the_provider_is_not_sent_by_hand(bank: Bank, amina: User, mod: User) -> None:
    refund = ask(paid_payment(bank, amina))
    with pytest.raises(WrongRefundState):
        send(refund, mod)


def test_the_table_takes_no_reference_twice(by_hand: Refund, mod: User) -> None:
    send(by_hand, mod)
    copy = reload(by_hand)
    copy.pk, copy.public_id = None, "zzzzzzzzzzzzzzzzzzzz"
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


# ---- Wallets ---------------------------------------------------------------------------------------------------------------------------
def test_of_a_wallet_the_money_is_kept_aside_until_it_is_gone(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina, purpose="WALLET_TOPUP")
    code = f"wallet:{amina.pk}:EUR"
    bank.next_refunds.append(pending(bank))
    refund = submit(ask(payment, 300))
    balance = get_balance(code)
    assert (balance.posted.amount_minor, balance.held.amount_minor, balance.available.amount_minor) == (499, 300, 199)
    with pytest.raises(InsufficientFunds):
        post(key="spend", kind="SPEND", lines=[(code, -200), ("revenue:commission:EUR", 200)], now=NOW)
    bank.returned[refund.public_id] = "SUCCEEDED"
    settle_refund(refund_id=refund.pk, now=after(minutes=1))
    balance = get_balance(code)
    assert (balance.posted.amount_minor, balance.held.amount_minor) == (199, 0)
    assert is_proven()


def test_what_was_spent_does_not_go_back(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina, purpose="WALLET_TOPUP")
    post(key="spend", kind="SPEND", lines=[(f"wallet:{amina.pk}:EUR", -400), ("revenue:commission:EUR", 400)], now=NOW)
    with pytest.raises(InsufficientFunds):
        ask(payment, 100)
    assert not Refund.objects.exists()
    assert ask(payment, 99).state == "APPROVED"


def test_a_refund_that_failed_frees_the_wallet(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina, purpose="WALLET_TOPUP")
    bank.next_refunds.append(Refused("EXPIRED_CARD"))
    assert submit(ask(payment, 300)).state == "FAILED"
    assert get_balance(f"wallet:{amina.pk}:EUR").available == Money(499, "EUR")
    assert is_proven()


def test_what_was_paid_twice_goes_back_without_touching_the_wallet(bank: Bank, amina: User) -> None:
    first = sent_payment(amina, purpose="WALLET_TOPUP", subject_key="topup:x")
    Payment.objects.filter(pk=first.pk).update(open_key=None)
    paid_payment(bank, amina, purpose="WALLET_TOPUP", subject_key="topup:x")
    bank.pay(first)
    settle_payment(payment_id=first.pk, now=after(minutes=5))
    post(key="spend", kind="SPEND", lines=[(f"wallet:{amina.pk}:EUR", -499), ("revenue:commission:EUR", 499)], now=NOW)
    refund = refund_whole(payment_id=first.pk, reason="DUPLICATE", now=after(minutes=6))
    assert refund is not None
    assert submit(refund, minutes=6).state == "SUCCEEDED"
    assert get_balance("suspense:STRIPE:EUR").posted.amount_minor == 0
    assert is_proven()


def test_the_states_of_a_refund_are_never_left_twice(bank: Bank, amina: User) -> None:
    refund = submit(ask(paid_payment(bank, amina)))
    bank.next_refunds.append(Refunded("re-again"))
    for state in RefundState:
        found = ProviderState(state, provider_ref="re-again", money=refund.money)
        settle_refund_as_found(refund_id=refund.pk, found=found, now=after(minutes=1) + timedelta(seconds=1))
    assert reload(refund).state == "SUCCEEDED"
    assert LedgerTransaction.objects.filter(kind="REFUND").count() == 1


# ---- While the books are wrong -----------------------------------------------------------------------------------------------------------
def test_nothing_leaves_while_the_books_are_wrong(bank: Bank, by_hand: Refund, install: Install, ben: User, mod: User) -> None:
    """It waits, and goes when a proof is green again."""
    stripe = install()
    refund = ask(paid_payment(stripe, ben))
    LedgerProof.objects.create(
        number=1, date=NOW.date(), is_green=False, results={"I1": ["x"]}, last_entry_id=0, chain="0" * 64, created_at=NOW
    )
    assert (submit(refund).state, stripe.count("refund")) == ("APPROVED", 0)
    with pytest.raises(RefundsStopped):
        send(by_hand, mod)
    LedgerProof.objects.create(number=2, date=NOW.date(), is_green=True, results={}, last_entry_id=0, chain="0" * 64, created_at=NOW)
    janitor.make_round(now=after(minutes=3))
    assert (reload(refund).state, stripe.count("refund")) == ("SUCCEEDED", 1)
    assert send(by_hand, mod).state == "SUBMITTED"
