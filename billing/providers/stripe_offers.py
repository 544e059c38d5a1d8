"""What is put to the payer on Stripe's page: the parameters of a Checkout session, made of a payment and of what it pays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings

from billing.enums import CouponDuration, Interval
from billing.models import Payment, PlanOrder, Price, StripeSubscription
from billing.providers.base import return_url_of
from billing.providers.stripe import Denied, Gateway, Said
from billing.providers.stripe_objects import ref_of

# For how long the page lies open; Stripe allows from half an hour to a day.
PAGE_LIFE = timedelta(hours=1)
_LOCALES = {"fr": "fr", "en": "en", "mg": "fr"}  # Stripe has no Malagasy
INTERVALS = {Interval.MONTH: "month", Interval.YEAR: "year"}
_DURATIONS = {CouponDuration.ONCE: "once", CouponDuration.REPEATING: "repeating", CouponDuration.FOREVER: "forever"}
_MONTHS = {Interval.MONTH: 1, Interval.YEAR: 12}


def make_offer(gateway: Gateway, payment: Payment) -> dict[str, Any]:
    """The parameters of the session of a payment; for an order that renews, of a subscription. The same each time for the same payment:
    a key of Stripe's takes no other parameters than those it was first used with.

    Raises:
        OutboundError: the price or the coupon could not be looked up or made.
    """
    order = PlanOrder.objects.of_subject(payment.subject_key).select_related("price__plan", "coupon").first()
    common = _common(payment)
    if order is not None and order.renews:
        return common | _subscription(gateway, payment, order)
    product = {"name": f"{settings.SITE_NAME} {payment.our_reference}"}
    line = {"currency": payment.currency.lower(), "unit_amount": payment.amount_minor, "product_data": product}
    notes = {"metadata": {"payment": payment.our_reference}}
    return common | {"mode": "payment", "line_items": [{"price_data": line, "quantity": 1}], "payment_intent_data": notes}


def _common(payment: Payment) -> dict[str, Any]:
    page = return_url_of(payment)
    return {
        "client_reference_id": payment.our_reference,
        "metadata": {"payment": payment.our_reference},
        "success_url": page,
        "cancel_url": page,
        "locale": _LOCALES.get(payment.payer.language if payment.payer else "fr", "fr"),
        "expires_at": int((payment.created_at + PAGE_LIFE).timestamp()),
    }


def _subscription(gateway: Gateway, payment: Payment, order: PlanOrder) -> dict[str, Any]:
    notes = {"payment": payment.our_reference, "order": order.public_id}
    offer: dict[str, Any] = {
        "mode": "subscription",
        "line_items": [{"price": ensure_price(gateway, order.price), "quantity": 1}],
        "subscription_data": {"metadata": notes},
    }
    if order.credit_minor or order.discount_minor:
        offer["discounts"] = [{"coupon": ensure_coupon(gateway, order)}]
    known = StripeSubscription.objects.filter(user__isnull=False, user=payment.payer).order_by("-pk").first()
    return offer | ({"customer": known.customer_ref} if known else {})


def ensure_price(gateway: Gateway, price: Price) -> str:
    """Stripe's id of a price of ours, which is made there at its first use. Found by our name of it.

    Raises:
        Denied: PRICE_DIFFERS: what stands there under this name costs something else.
        OutboundError.
    """
    found = gateway.find_price(price.lookup_key) or _create_price(gateway, price)
    recurring = found.get("recurring") or {}
    theirs = (found.get("unit_amount"), found.get("currency"), recurring.get("interval"), recurring.get("interval_count"))
    if theirs != (price.amount_minor, price.currency.lower(), INTERVALS[Interval(price.interval)], 1):
        raise Denied("PRICE_DIFFERS", alert=True)
    return ref_of(found)


def _create_price(gateway: Gateway, price: Price) -> Said:
    params = {
        "currency": price.currency.lower(),
        "unit_amount": price.amount_minor,
        "recurring": {"interval": INTERVALS[Interval(price.interval)]},
        "lookup_key": price.lookup_key,
        "product_data": {"name": f"{settings.SITE_NAME} {price.plan.code.title()}"},
    }
    return gateway.create_price(params, key=f"price:{price.public_id}")


def ensure_coupon(gateway: Gateway, order: PlanOrder) -> str:
    """What an order costs less than its price, as a coupon of its own: our sum to the minor unit, whatever a percentage rounds to.

    Raises:
        Denied: CREDIT_AND_COUPON: credit counts for one period, the coupon for more, and Stripe's page takes one of them.
        OutboundError.
    """
    duration = CouponDuration(order.coupon.duration) if order.coupon is not None else CouponDuration.ONCE
    if order.credit_minor and duration != CouponDuration.ONCE:
        raise Denied("CREDIT_AND_COUPON", alert=True)
    name = f"order-{order.public_id}"
    params: dict[str, Any] = {"id": name, "amount_off": order.credit_minor + order.discount_minor, "currency": order.currency.lower()}
    params |= {"duration": _DURATIONS[duration], "max_redemptions": 1}
    if duration == CouponDuration.REPEATING and order.coupon is not None:
        params["duration_in_months"] = (order.coupon.periods or 1) * _MONTHS[Interval(order.price.interval)]
    try:
        gateway.create_coupon(params, key=f"coupon:{name}")
    except Denied as denied:  # made by an earlier try whose key was forgotten
        if denied.code != "resource_already_exists":
            raise
    return name
