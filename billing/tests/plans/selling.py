"""Orders and payments for the tests of plans: ordered as the page does it, paid as the ledger's side leaves it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps

from accounts.models import User
from billing.enums import EntitlementCode, Interval, PaymentState, Provider, Purpose
from billing.models import Coupon, Payment, PlanOrder, Price, Subscription
from billing.queries.entitlements import forget_entitlements, get_entitlement
from billing.services.contracts import Contact, Told
from billing.services.orders import Wish, order_plan
from billing.services.quotes import make_quote
from billing.services.subscriptions import extend_subscription

# A row of another app, looked at without importing its tables.
Notification = apps.get_model("notifications", "Notification")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def price_of(interval: str = Interval.MONTH, currency: str = "EUR") -> Price:
    """The price on offer."""
    return Price.objects.select_related("plan").get(interval=interval, currency=currency, active=True)


def order(
    user: User, price: Price | None = None, *, now: datetime = NOON, immediate: bool = True, key: uuid.UUID | None = None, **wish: Any
) -> PlanOrder:
    """What somebody orders who has just read the recap."""
    wanted = price or price_of()
    country = wish.pop("country", "FR")
    shown = make_quote(
        user=user,
        price=wanted,
        coupon_code=wish.get("coupon_code", ""),
        renews=wish.get("renews", False),
        country=country,
        now=now,
    )
    form = Wish(wanted, shown.digest, shown_at=now, immediate=immediate, language="fr", country=country, **wish)
    return order_plan(user=user, wish=form, client_key=key or uuid.uuid4(), now=now)


def paid_payment(order: PlanOrder, *, provider: str = Provider.MVOLA, now: datetime = NOON, **fields: Any) -> Payment:
    """A payment of an order that has succeeded."""
    values = {
        "payer": order.user,
        "purpose": Purpose.SUBSCRIPTION,
        "subject_key": order.subject_key,
        "amount_minor": order.amount_minor,
        "currency": order.currency,
        "provider": provider,
        "state": PaymentState.SUCCEEDED,
        "client_key": uuid.uuid4(),
        "created_at": now,
        "settled_at": now,
        "expires_at": now + DAY,
    }
    return Payment.objects.create(**(values | fields))


def pay(order: PlanOrder, *, now: datetime = NOON, **fields: Any) -> Subscription:
    """An order paid and delivered."""
    subscription = extend_subscription(payment_id=paid_payment(order, now=now, **fields).pk, now=now)
    assert subscription is not None
    order.refresh_from_db()
    return subscription


def subscribe(user: User, interval: str = Interval.MONTH, *, now: datetime = NOON, **wish: Any) -> PlanOrder:
    """A paid order of somebody; its subscription stands."""
    made = order(user, price_of(interval), now=now, **wish)
    pay(made, now=now)
    return made


def has_premium(user: User, now: datetime) -> bool:
    """Whether somebody has what Premium gives, asked anew."""
    forget_entitlements(user)
    return get_entitlement(user, EntitlementCode.THEMES, now) == 1


def make_coupon(code: str = "BIENVENUE", *, now: datetime = NOON, **fields: Any) -> Coupon:
    """A coupon in use since yesterday; half the price unless said otherwise."""
    if "amount_minor" not in fields:
        fields.setdefault("percent", 50)
    return Coupon.objects.create(code=code, starts_at=now - DAY, created_at=now - DAY, **fields)


def tell(user: User | None = None, *, reference: str = "", email: str = "", name: str = "Amina", **fields: Any) -> Told:
    """A form as somebody sends it."""
    contact = Contact(name=name, email=email, address=fields.pop("address", ""))
    fields.setdefault("client_key", uuid.uuid4())
    return Told(contact=contact, reference=reference, language="fr", ip=fields.pop("ip", "192.0.2.1"), user=user, **fields)
