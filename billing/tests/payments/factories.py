"""Payments in whatever state a test begins with."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from billing.enums import PaymentState
from billing.ledger import prove
from billing.models import LedgerEntry, Payment
from billing.services.payments import create_payment, settle_payment, submit_payment
from billing.tests.bank import Bank
from core.money import Money

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FIVE_EUROS = Money(499, "EUR")
NUMBER = "+261340000003"


def after(**span: float) -> datetime:
    """A moment later than NOW."""
    return NOW + timedelta(**span)


def make_payment(payer: User, *, now: datetime = NOW, **fields: Any) -> Payment:
    """A payment as the page of methods makes one."""
    given: dict[str, Any] = {
        "purpose": "SUBSCRIPTION",
        "subject_key": f"thing:{uuid.uuid4().hex[:12]}",
        "money": FIVE_EUROS,
        "provider": "STRIPE",
        "client_key": str(uuid.uuid4()),
    } | fields
    return create_payment(payer=payer, now=now, **given)


def push_payment(payer: User, *, now: datetime = NOW, **fields: Any) -> Payment:
    """One that rings a telephone."""
    return make_payment(payer, now=now, **({"provider": "MVOLA", "money": Money(20_000, "MGA"), "msisdn": NUMBER} | fields))


def sent_payment(payer: User, *, now: datetime = NOW, make: Any = make_payment, **fields: Any) -> Payment:
    """One that its provider was told of."""
    return submit_payment(payment_id=make(payer, now=now, **fields).pk, now=now)


def paid_payment(bank: Bank, payer: User, *, now: datetime = NOW, make: Any = make_payment, **fields: Any) -> Payment:
    """One that was paid and booked."""
    payment = sent_payment(payer, now=now, make=make, **fields)
    bank.pay(payment)
    settled = settle_payment(payment_id=payment.pk, now=now + timedelta(minutes=1))
    assert settled.state == PaymentState.SUCCEEDED, (settled.state, settled.flag)
    return settled


def reload(payment: Payment) -> Payment:
    """As it lies in the table now."""
    return Payment.objects.get(pk=payment.pk)


def lines_of(key: str) -> dict[str, int]:
    """The lines of a posting, by account."""
    return dict(LedgerEntry.objects.filter(transaction__key=key).values_list("account__code", "amount"))


def is_proven(now: datetime = NOW) -> bool:
    """Whether the books are right, all ten ways."""
    proof = prove(now=now)
    assert proof.is_green, proof.results
    return proof.is_green


def story(payment: Payment) -> list[str]:
    """The states that a payment went through."""
    return list(payment.steps.filter(refund=None).order_by("pk").values_list("to_state", flat=True))
