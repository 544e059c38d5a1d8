"""The stand-in of PayPal as a test has it, the hand of its payer, and payments before it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from django.utils import timezone

from accounts.models import User
from billing.enums import PaymentState, Purpose
from billing.models import Payment
from billing.providers.base import ProviderState, Redirect
from billing.providers.paypal import PayPal
from core.money import Money

ROOT = Path(__file__).resolve().parents[3]

S = PaymentState


class Stand:
    """The stand-in and the hand that moves it; also the payer in front of its page."""

    def __init__(self, url: str) -> None:
        self.url = url

    def hand(self, method: str, deed: str, **body: Any) -> dict[str, Any]:
        answer = httpx.request(method, f"{self.url}/__fake/{deed}", json=body, trust_env=False)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def breaks(self, operation: str, fault: str, times: int = 1) -> None:
        self.hand("PUT", "faults", **{operation: {fault: times}})

    def decide(self, payment: Payment, decision: str = "approve") -> None:
        self.hand("POST", "order", id=payment.provider_ref, decision=decision)

    @property
    def counts(self) -> dict[str, int]:
        return dict(self.hand("GET", "state")["counts"])

    @property
    def orders(self) -> list[dict[str, Any]]:
        return list(self.hand("GET", "state")["orders"])


def now() -> datetime:
    return timezone.now()


def make(user: User, money: Money = Money(1250, "EUR"), **fields: Any) -> Payment:  # noqa: B008  (frozen)
    values = {"state": S.SUBMITTED, "open_key": uuid.uuid4().hex, "submitted_at": now(), **fields}
    return Payment.objects.create(
        payer=user,
        purpose=Purpose.SUBSCRIPTION,
        subject_key="plan_order:x",
        amount_minor=money.amount_minor,
        currency=money.currency,
        provider="PAYPAL",
        client_key=uuid.uuid4(),
        created_at=now(),
        expires_at=now() + timedelta(hours=1),
        **values,
    )


def begin(user: User, **fields: Any) -> Payment:
    """A payment whose order is made."""
    payment = make(user, **fields)
    begun = PayPal().start(payment, now=now())
    assert isinstance(begun, Redirect)
    payment.provider_ref, payment.state = begun.provider_ref, S.PENDING
    payment.save()
    return payment


def paid(stand: Stand, user: User) -> Payment:
    """A payment that was approved and captured."""
    payment = begin(user)
    stand.decide(payment)
    found = fetch(payment)
    assert found.state == S.SUCCEEDED
    payment.settle_ref, payment.state = found.settle_ref, S.SUCCEEDED
    payment.save()
    return payment


def fetch(payment: Payment) -> ProviderState:
    return PayPal().fetch(payment, now=now())
