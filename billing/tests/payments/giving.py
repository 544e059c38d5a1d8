"""Giving money back, as a test asks for it."""

from __future__ import annotations

from accounts.models import User
from billing.models import Payment, Refund
from billing.services.refunds import (
    request_refund,
    submit_refund,
)
from billing.tests.payments.factories import (
    NOW,
    after,
)
from core.money import Money


def ask(payment: Payment, minor: int | None = None, *, by: User | None = None, **more: object) -> Refund:
    money = payment.money if minor is None else Money(minor, payment.currency)
    return request_refund(payment_id=payment.pk, money=money, by=by, **({"reason": "GOODWILL", "now": NOW} | more))  # type: ignore[arg-type]


def submit(refund: Refund, **span: float) -> Refund:
    return submit_refund(refund_id=refund.pk, now=after(**span))


def reload(refund: Refund) -> Refund:
    return Refund.objects.select_related("payment").get(pk=refund.pk)
