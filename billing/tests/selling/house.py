"""A house that sells: Amina buys, the ledger holds it, and money goes back."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from billing.enums import (
    Interval,
    OrderKind,
    OrderState,
    PaymentState,
    PlanCode,
    Provider,
    Purpose,
    RefundChannel,
    RefundReason,
    RefundState,
)
from billing.ledger import post
from billing.models import Payment, Plan, PlanOrder, Price, Refund
from billing.queries.vat import VatSplit, split_vat
from core.money import Money

SELLER: dict[str, Any] = {
    "SELLER_NAME": "Resaka SAS",
    "SELLER_ADDRESS": ["1 rue de la Paix", "75002 Paris"],
    "SELLER_COUNTRY": "FR",
    "SELLER_VAT_NUMBER": "FR40303265045",
    "SELLER_REGISTRATION": "RCS Paris 303 265 045",
    "SELLER_SIREN": "303265045",
    "SELLER_LEGAL_FORM": "SAS au capital de 10 000 €",
    "VAT_SCHEME": "STANDARD",
    "VAT_OSS": "AUTO",
    "VAT_UNION_THRESHOLD": 1_000_000,
    "VAT_COUNTRIES": [],
}
# A day of the calendar, since numbers and papers name it; nothing here expires.
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MONTH = timedelta(days=30)
PRICE = Money(499, "EUR")


def make_order(user: User, *, money: Money = PRICE, split: VatSplit | None = None, now: datetime = NOON, **fields: Any) -> PlanOrder:
    """An order of Premium for a month, given already (PAID), with its VAT frozen as for a consumer in France."""
    plan, _new = Plan.objects.get_or_create(code=PlanCode.PREMIUM)
    values = {"currency": money.currency, "interval": Interval.MONTH, "amount_minor": money.amount_minor, "created_at": now}
    price, _new = Price.objects.get_or_create(plan=plan, lookup_key=f"premium-{money.currency}-{money.amount_minor}", defaults=values)
    frozen = split or split_vat(money, country="FR", on=now.date())
    values = {
        "kind": OrderKind.NEW,
        "state": OrderState.PAID,
        "period_start": now,
        "period_end": now + MONTH,
        **fields,
    }
    return PlanOrder.objects.create(
        user=user,
        client_key=uuid.uuid4(),
        price=price,
        base_minor=money.amount_minor,
        amount_minor=money.amount_minor,
        currency=money.currency,
        net_minor=frozen.net.amount_minor,
        vat_minor=frozen.vat.amount_minor,
        vat_rate_bp=frozen.rate_bp,
        vat_country=frozen.country,
        vat_treatment=frozen.treatment,
        text_version="1",
        text_sha256="0" * 64,
        language="fr",
        ordered_at=now,
        **values,
    )


def pay(order: PlanOrder, *, provider: Provider = Provider.STRIPE, now: datetime = NOON, **fields: Any) -> Payment:
    """A settled payment of an order, in the ledger."""
    payment = make_payment(order.user, order.money, subject_key=order.subject_key, provider=provider, now=now, **fields)
    revenue, vat = f"revenue:subscription:{order.currency}", f"vat:{order.vat_country}:{order.currency}"
    post_sale(payment, [(revenue, order.net_minor), (vat, order.vat_minor)], now)
    return payment


def make_payment(user: User | None, money: Money, *, now: datetime = NOON, **fields: Any) -> Payment:
    """A payment that succeeded, not yet in the ledger."""
    values = {"purpose": Purpose.SUBSCRIPTION, "provider": Provider.STRIPE, "subject_key": "plan_order:none", **fields}
    return Payment.objects.create(
        payer=user,
        amount_minor=money.amount_minor,
        currency=money.currency,
        state=PaymentState.SUCCEEDED,
        client_key=uuid.uuid4(),
        created_at=now,
        settled_at=now,
        expires_at=now + MONTH,
        **values,
    )


def post_sale(payment: Payment, credited: list[tuple[str, int]], now: datetime = NOON) -> None:
    """What the settlement of a payment writes."""
    lines = [(f"clearing:{payment.provider}:{payment.currency}", -payment.amount_minor), *credited]
    post(key=f"payment:{payment.pk}:settle", kind="PAYMENT", lines=[line for line in lines if line[1]], now=now)


def give_back(payment: Payment, minor: int, *, vat: int, country: str = "FR", now: datetime = NOON) -> Refund:
    """A refund that went through, of which `vat` was tax."""
    refund = Refund.objects.create(
        payment=payment,
        amount_minor=minor,
        reason=RefundReason.WITHDRAWAL,
        channel=RefundChannel.PROVIDER,
        state=RefundState.SUCCEEDED,
        created_at=now,
        settled_at=now,
    )
    lines = [
        (f"clearing:{payment.provider}:{payment.currency}", minor),
        (f"revenue:subscription:{payment.currency}", vat - minor),
        (f"vat:{country}:{payment.currency}", -vat),
    ]
    post(key=f"refund:{refund.pk}:settle", kind="REFUND", lines=[line for line in lines if line[1]], now=now)
    return refund
