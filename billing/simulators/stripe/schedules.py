"""A change of price that waits for the end of the period: Stripe's subscription schedules, of two phases."""

from __future__ import annotations

from billing.simulators.stripe.errors import ApiError, bad
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.lifecycle import release
from billing.simulators.stripe.world import Obj, World


def make_schedule(world: World, form: Form) -> Obj:
    """POST /v1/subscription_schedules, from a subscription.

    Raises:
        ApiError: no such subscription, or it has a schedule.
    """
    subscription = world.get("subscription", form.need("from_subscription"), status=400)
    if subscription["schedule"]:
        raise bad("from_subscription", "You cannot migrate a subscription that is already attached to a schedule.")
    item = subscription["items"]["data"][0]
    phase = _phase(subscription["currency"], item["price"]["id"], item["current_period_start"], item["current_period_end"])
    made = world.make(
        "subscription_schedule",
        created=world.now(subscription["customer"]),
        current_phase={"start_date": phase["start_date"], "end_date": phase["end_date"]},
        customer=subscription["customer"],
        end_behavior="release",
        metadata={},
        phases=[phase],
        status="active",
        subscription=subscription["id"],
        test_clock=subscription["test_clock"],
    )
    subscription["schedule"] = made["id"]
    return made


def update_schedule(world: World, schedule: Obj, form: Form) -> Obj:
    """POST /v1/subscription_schedules/{id}: the phase of now, and one that follows.

    Raises:
        ApiError: it is over, or the phases do not begin with the one of now.
    """
    if schedule["status"] != "active":
        raise ApiError(400, f"This schedule is {schedule['status']}.")
    subscription = world.objects[schedule["subscription"]]
    now = schedule["phases"][0]
    rows = form.rows("phases")
    if len(rows) != 2 or rows[0].whole("start_date") != now["start_date"] or rows[0].whole("end_date") != now["end_date"]:
        raise bad("phases", "This stand-in knows two phases, the first of which is the current period.")
    price = world.get("price", _price_of(rows[1]), status=400)
    if price["currency"] != subscription["currency"] or _price_of(rows[0]) != now["items"][0]["price"]:
        raise bad("phases", "The prices do not go together.")
    later = _phase(subscription["currency"], price["id"], now["end_date"], rows[1].whole("end_date") or now["end_date"])
    schedule["phases"] = [now, later]
    schedule["end_behavior"] = form.among("end_behavior", ("release", "cancel"), schedule["end_behavior"])
    schedule["metadata"] = {**schedule["metadata"], **form.tree("metadata")}
    subscription["_next_price"] = price["id"]
    world.emit("subscription_schedule.updated", schedule)
    return schedule


def release_schedule(world: World, schedule: Obj) -> Obj:
    """POST /v1/subscription_schedules/{id}/release: the subscription goes on as it is.

    Raises:
        ApiError: it is over.
    """
    if schedule["status"] != "active":
        raise ApiError(400, f"This schedule is {schedule['status']}.")
    release(world, schedule, world.objects[schedule["subscription"]])
    return schedule


def _price_of(row: Form) -> str:
    items = row.rows("items")
    return items[0].need("price") if items else ""


def _phase(currency: str, price: str, start: int, end: int) -> Obj:
    item: Obj = {"billing_thresholds": None, "discounts": [], "metadata": None, "price": price, "quantity": 1, "tax_rates": []}
    nothing = dict.fromkeys(_UNSET)
    return {
        **nothing, "add_invoice_items": [], "currency": currency, "discounts": [], "end_date": end, "items": [item],
        "proration_behavior": "none", "start_date": start,
    }  # fmt: skip


_UNSET = (
    "application_fee_percent", "billing_cycle_anchor", "billing_thresholds", "collection_method", "default_payment_method",
    "default_tax_rates", "description", "invoice_settings", "metadata", "on_behalf_of", "transfer_data", "trial_end",
)  # fmt: skip
