"""Another price for what Stripe renews: what it would cost, the change itself, and one that waits for the end of the period.

A change at once is a payment like any other: Stripe asks the card that it keeps for the invoice of the change, and changes nothing before
that is paid (`pending_if_incomplete`). The moment up to which unused time is credited is said each time, so that the sum is the one that
was shown, whenever the call is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.enums import Interval
from billing.models import Payment, PlanOrder, Price
from billing.providers.base import PushSent, Redirect, Unclear
from billing.providers.stripe import Denied, Gateway, Said
from billing.providers.stripe_objects import RenewingState, Unexpected, read_moment, read_money, read_subscription, ref_of
from billing.providers.stripe_offers import INTERVALS, ensure_price
from core.money import Money

_SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ChangeCost:
    """What a change would ask for today; `discount` is what a running coupon takes off of it."""

    due: Money
    discount: Money


def preview_change(gateway: Gateway, *, ref: str, price: Price, at: datetime) -> ChangeCost:
    """What it costs to go over to `price`, with unused time credited up to `at`.

    Raises:
        Denied: the subscription takes no change now.
        OutboundError.
    """
    change = _write_change(gateway, ref, price, at)
    return _read_cost(gateway.preview_invoice({"subscription": ref, "subscription_details": change}))


def begin_change(gateway: Gateway, payment: Payment, order: PlanOrder) -> Redirect | PushSent | Unclear:
    """Change the subscription of an order, and have its card asked for the sum of the payment. A card that its bank wants to ask about, or
    that was refused, leaves the invoice to be paid on Stripe's page.

    Raises:
        Denied: nothing was changed; PRICE_DIFFERS: the sum is no longer that of the order.
        OutboundError.
    """
    ref, at = _subject_of(order)
    change = _write_change(gateway, ref, order.price, at)
    if _read_cost(gateway.preview_invoice({"subscription": ref, "subscription_details": change})).due != payment.money:
        raise Denied("PRICE_DIFFERS", alert=True)
    params = {**change, "payment_behavior": "pending_if_incomplete"}
    return lead_to_invoice(gateway.change_subscription(ref, params, key=f"payment:{payment.public_id}:change:1").get("latest_invoice"))


def find_change(gateway: Gateway, payment: Payment, order: PlanOrder) -> Said | None:
    """The invoice of a change whose answer was lost: the last one of its subscription, if a change of our sum made it after the payment
    was begun, and no other payment of ours bears it.

    Raises:
        OutboundError.
    """
    ref = ref_of(gateway.get_subscription(_subject_of(order)[0]).get("latest_invoice"))
    if not ref:
        return None
    found = gateway.get_invoice(ref)
    is_change = found.get("billing_reason") == "subscription_update"
    fits = read_moment(found.get("created")) >= payment.created_at - _SKEW and _due(found) == payment.money
    is_anothers = Payment.objects.filter(provider=payment.provider, provider_ref=ref).exclude(pk=payment.pk).exists()
    return found if is_change and fits and not is_anothers else None


def lead_to_invoice(invoice: Any) -> Redirect | PushSent | Unclear:
    """Where the payer goes on: nowhere if the card has paid."""
    if not isinstance(invoice, dict):
        return Unclear("no invoice")
    ref, url = ref_of(invoice), invoice.get("hosted_invoice_url")
    if invoice.get("status") == "paid":
        return PushSent(ref)
    return Redirect(url, ref) if isinstance(url, str) and invoice.get("status") == "open" else Unclear(f"invoice {invoice.get('status')}")


# ---- At the end of the period --------------------------------------------------------------------------------------------------------
def change_at_end(gateway: Gateway, *, ref: str, price: Price) -> None:
    """Go over to `price` with the next period; until then nothing changes and nothing is asked. Said twice, it is once.

    Raises:
        Denied: the subscription takes no change now.
        OutboundError.
    """
    said = gateway.get_subscription(ref)
    _demand_living(said)
    item = said["items"]["data"][0]
    now = {"start_date": item["current_period_start"], "end_date": item["current_period_end"], "items": [{"price": ref_of(item["price"])}]}
    interval = INTERVALS[Interval(price.interval)]
    later = {
        "start_date": item["current_period_end"],
        "duration": {"interval": interval, "interval_count": 1},
        "items": [{"price": ensure_price(gateway, price)}],
        "proration_behavior": "none",
    }
    schedule = ref_of(said.get("schedule")) or ref_of(gateway.create_schedule(ref))
    gateway.update_schedule(schedule, {"end_behavior": "release", "phases": [now, later]})


def keep_price(gateway: Gateway, *, ref: str) -> None:
    """Let nothing change at the end of the period. Said twice, it is once.

    Raises:
        OutboundError.
    """
    if schedule := ref_of(gateway.get_subscription(ref).get("schedule")):
        gateway.release_schedule(schedule)


def read_next_price(schedule: Said) -> str:
    """Our name of the price that a subscription goes over to; empty where it goes over to none."""
    phases = schedule.get("phases")
    if schedule.get("status") != "active" or not isinstance(phases, list) or len(phases) < 2:
        return ""
    price = phases[-1]["items"][0]["price"]
    return str(price.get("lookup_key") or "") if isinstance(price, dict) else ""


# ---- What is asked and said ----------------------------------------------------------------------------------------------------------
def _subject_of(order: PlanOrder) -> tuple[str, datetime]:
    """The subscription that an order changes, and up to when its unused time is credited."""
    ref = order.subscription.provider_ref if order.subscription is not None else None
    if ref is None or order.prorated_at is None:
        raise Denied("NO_SUBSCRIPTION", alert=True)
    return ref, order.prorated_at


def _demand_living(said: Said) -> RenewingState:
    found = read_subscription(said)
    if found.status != "active" or found.cancel_at_period_end:
        raise Denied("CHANGE_BARRED")
    if found.has_pending_change:
        raise Denied("CHANGE_PENDING")
    return found


def _write_change(gateway: Gateway, ref: str, price: Price, at: datetime) -> dict[str, Any]:
    found = _demand_living(gateway.get_subscription(ref))
    if found.schedule_ref:
        raise Denied("CHANGE_BARRED")
    if found.price_key == price.lookup_key:
        raise Denied("CHANGED_ALREADY")
    return {
        "items": [{"id": found.item_ref, "price": ensure_price(gateway, price)}],
        "proration_behavior": "always_invoice",
        "proration_date": int(at.timestamp()),
    }


def _due(invoice: Said) -> Money:
    return read_money(invoice.get("amount_due"), invoice.get("currency"))


def _read_cost(invoice: Said) -> ChangeCost:
    off = invoice.get("total_discount_amounts") or []
    if not isinstance(off, list) or not all(isinstance(one, dict) and isinstance(one.get("amount"), int) for one in off):
        raise Unexpected("discounts")
    due = _due(invoice)
    return ChangeCost(due, Money(sum(one["amount"] for one in off), due.currency))
