"""The house before the stand-in: its settings, its rows, and the letters that come in."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from accounts.models import User
from billing.enums import CouponDuration, Interval, OrderKind, PlanCode, Provider, Purpose, RefundChannel, RefundReason, VatTreatment
from billing.models import Coupon, Payment, Plan, PlanOrder, Price, Refund
from billing.providers.base import Redirect
from billing.providers.stripe_payments import Stripe
from billing.tests.stripe.document import VERSION
from billing.tests.stripe.standin import KEY, OK, StandIn
from core.hosts import read_host

SECRET = "whsec_resaka"


def open_house(settings: Any, standin: StandIn) -> None:
    """Let the house know the stand-in, and the stand-in hold the letters to it."""
    settings.OUTBOUND_HOSTS = [read_host(urlsplit(standin.url).netloc)]
    settings.STRIPE_URL, settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRET = standin.url, KEY, SECRET
    params: Any = {"url": "http://127.0.0.1:1/webhooks/stripe/", "enabled_events": ["*"], "api_version": VERSION}
    standin.control("webhooks/secret", endpoint=standin.sdk.webhook_endpoints.create(params).id, secret=SECRET)
    standin.control("webhooks", hold=True)


def make_payment(user: User, *, now: datetime, amount: int = 2_000, currency: str = "EUR", **fields: Any) -> Payment:
    """A payment that was just sent."""
    fields = {"purpose": Purpose.ORDER, "subject_key": f"order:{uuid.uuid4()}", "state": "SUBMITTED", **fields}
    return Payment.objects.create(
        payer=user,
        amount_minor=amount,
        currency=currency,
        provider=Provider.STRIPE,
        client_key=uuid.uuid4(),
        created_at=now,
        submitted_at=now,
        expires_at=now + timedelta(hours=24),
        **fields,
    )


def start(payment: Payment, *, now: datetime) -> str:
    """Send it, and keep what Stripe calls it. The link of its page."""
    begun = Stripe().start(payment, now=now)
    assert isinstance(begun, Redirect), begun
    payment.provider_ref = begun.provider_ref
    payment.save(update_fields=["provider_ref"])
    return begun.url


def pay(payment: Payment, standin: StandIn, *, now: datetime, card: str = OK) -> Payment:
    """Send it, pay it on its page, and keep by what it was settled."""
    standin.pay(start(payment, now=now), card)
    payment.settle_ref = Stripe().fetch(payment, now=now).settle_ref or None
    payment.save(update_fields=["settle_ref"])
    return payment


def make_refund(payment: Payment, amount: int, *, now: datetime, **fields: Any) -> Refund:
    """Money that is to go back."""
    fields = {"reason": RefundReason.WITHDRAWAL, "state": "SUBMITTED", "submitted_at": now, **fields}
    return Refund.objects.create(payment=payment, amount_minor=amount, channel=RefundChannel.PROVIDER, created_at=now, **fields)


def find_plan_price(amount: int = 499, *, interval: str = Interval.MONTH, currency: str = "EUR", now: datetime) -> Price:
    """A price of Premium."""
    plan = Plan.objects.get_or_create(code=PlanCode.PREMIUM)[0]
    key = f"PREMIUM:{currency}:{interval}:{amount}"
    fields = {"plan": plan, "currency": currency, "interval": interval, "amount_minor": amount, "created_at": now}
    return Price.objects.get_or_create(lookup_key=key, defaults=fields)[0]


def make_order(user: User, price: Price, *, now: datetime, credit: int = 0, discount: int = 0, coupon: Coupon | None = None) -> PlanOrder:
    """An order of a subscription that renews."""
    amount = price.amount_minor - credit - discount
    return PlanOrder.objects.create(
        user=user, client_key=uuid.uuid4(), price=price, kind=OrderKind.NEW, renews=True, base_minor=price.amount_minor,
        credit_minor=credit, discount_minor=discount, amount_minor=amount, currency=price.currency, net_minor=amount, vat_minor=0,
        vat_rate_bp=0, vat_country="FR", vat_treatment=VatTreatment.FRANCHISE, coupon=coupon, text_version="1", text_sha256="0" * 64,
        language="fr", ordered_at=now,
    )  # fmt: skip


def pay_for(order: PlanOrder, *, now: datetime) -> Payment:
    """The payment of an order, just sent."""
    assert order.user is not None
    return make_payment(
        order.user, now=now, amount=order.amount_minor, currency=order.currency, purpose=Purpose.SUBSCRIPTION, subject_key=order.subject_key
    )


def make_coupon(*, now: datetime, duration: str = CouponDuration.ONCE, periods: int | None = None) -> Coupon:
    """A fifth less."""
    return Coupon.objects.create(code=uuid.uuid4().hex[:12], percent=20, duration=duration, periods=periods, starts_at=now, created_at=now)
