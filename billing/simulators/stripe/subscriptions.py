"""The calls about subscriptions: made, changed, previewed, ended."""

from __future__ import annotations

from functools import partial
from typing import Any

from billing.simulators.stripe.cards import find_method
from billing.simulators.stripe.catalog import read_discounts, use
from billing.simulators.stripe.clock import DAY, after
from billing.simulators.stripe.errors import ApiError, bad
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.invoices import begin_discounts, end_invoice, finalize, make_invoice
from billing.simulators.stripe.lifecycle import (
    FIRST_PAYMENT,
    LIVING,
    apply_price,
    begin,
    collect,
    end_subscription,
    pay,
    preview_renewal,
)
from billing.simulators.stripe.proration import Change, plan_change
from billing.simulators.stripe.world import Obj, World, listed

_BEHAVIOURS = ("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete")
_PRORATIONS = ("create_prorations", "always_invoice", "none")
# With pending_if_incomplete only these may be said (docs.stripe.com/billing/subscriptions/pending-updates-reference).
_WITH_PENDING = {
    "items",
    "payment_behavior",
    "proration_behavior",
    "proration_date",
    "trial_end",
    "billing_cycle_anchor",
    "expand",
    "off_session",
}


def make_subscription(world: World, form: Form, *, is_present: bool = False) -> Obj:
    """POST /v1/subscriptions.

    Raises:
        ApiError: no such customer or price, another currency, a card that was refused with error_if_incomplete.
    """
    customer = world.get("customer", form.need("customer"), status=400)
    rows = form.rows("items")
    if len(rows) != 1:
        raise bad("items", "This stand-in knows subscriptions of exactly one item.")
    price = world.get("price", rows[0].need("price"), status=400)
    if price["recurring"] is None:
        raise bad("items[0][price]", "This field only accepts prices with `type=recurring`.")
    behaviour = form.among("payment_behavior", _BEHAVIOURS, "allow_incomplete")
    made = _make(world, customer, price, form)
    invoice = begin(world, made)
    if behaviour != "default_incomplete" and invoice["status"] == "open":
        _collect_first(world, made, invoice, behaviour, is_present=is_present)
    return made


def _collect_first(world: World, made: Obj, invoice: Obj, behaviour: str, *, is_present: bool) -> None:
    try:
        collect(world, invoice, is_present=is_present)
    except ApiError:
        if behaviour == "error_if_incomplete":
            end_subscription(world, made, "payment_failed")
            raise


def _make(world: World, customer: Obj, price: Obj, form: Form) -> Obj:
    now = world.now(customer["id"])
    trial = form.whole("trial_end") or (now + days * DAY if (days := form.whole("trial_period_days")) else None)
    recurring = price["recurring"]
    method = form.text("default_payment_method")
    made = world.make(
        "subscription",
        billing_cycle_anchor=trial or now,
        created=now,
        currency=price["currency"],
        customer=customer["id"],
        default_payment_method=find_method(world, method, customer["id"])["id"] if method else None,
        default_tax_rates=[],
        discounts=[one["id"] for one in read_discounts(world, form.rows("discounts"), customer=customer["id"])],
        metadata=dict(form.tree("metadata")),
        start_date=now,
        status="trialing" if trial else "incomplete",
        test_clock=customer["test_clock"],
        trial_end=trial,
        trial_start=now if trial else None,
        _next_price=None,
        _pending=None,
        _unbilled=[],
    )
    end = trial or after(now, recurring["interval"], recurring["interval_count"])
    period: Obj = {"current_period_start": now, "current_period_end": end}
    item = world.make("subscription_item", created=now, price=price, quantity=1, subscription=made["id"], tax_rates=[], **period)
    made["items"] = listed([item], f"/v1/subscription_items?subscription={made['id']}")
    begin_discounts(world, made)
    for name in made["discounts"]:
        use(world, world.objects[name])
    return made


def update_subscription(world: World, subscription: Obj, form: Form) -> Obj:
    """POST /v1/subscriptions/{id}.

    Raises:
        ApiError: it has ended; words that do not go with pending_if_incomplete; a card that was refused with error_if_incomplete.
    """
    if subscription["status"] in {"canceled", "incomplete_expired"}:
        raise ApiError(404, f"No such subscription: '{subscription['id']}'", code="resource_missing", param="id")
    behaviour = form.among("payment_behavior", _BEHAVIOURS, "allow_incomplete")
    extra = sorted(set(form) - _WITH_PENDING)
    if behaviour == "pending_if_incomplete" and extra:
        raise bad(extra[0], f"When `payment_behavior` is `pending_if_incomplete`, you cannot pass {extra[0]}.")
    previous = _set_plain(world, subscription, form)
    if previous:
        world.emit("customer.subscription.updated", subscription, previous)
    if price := _read_price(world, subscription, form):
        proration = form.among("proration_behavior", _PRORATIONS, "create_prorations")
        _change(world, subscription, _plan(world, subscription, price, form), proration, behaviour)
    return subscription


def _set_plain(world: World, subscription: Obj, form: Form) -> Obj:
    """What is neither price nor money. Returns what was there before."""
    given: Obj = {}
    if "cancel_at_period_end" in form:
        ends = given["cancel_at_period_end"] = form.flag("cancel_at_period_end")
        given["canceled_at"] = world.now(subscription["customer"]) if ends else None
        given["cancel_at"] = subscription["items"]["data"][0]["current_period_end"] if ends else None
    if method := form.text("default_payment_method"):
        given["default_payment_method"] = find_method(world, method, subscription["customer"])["id"]
    if "metadata" in form:
        given["metadata"] = {**subscription["metadata"], **form.tree("metadata")}
    if details := form.tree("cancellation_details"):
        given["cancellation_details"] = {"reason": None, "comment": details.text("comment"), "feedback": details.text("feedback")}
    previous = {name: subscription[name] for name, value in given.items() if subscription[name] != value}
    subscription |= given
    return previous


def _read_price(world: World, subscription: Obj, form: Form) -> Obj | None:
    """The other price that a call asks for."""
    rows = form.rows("items")
    if not rows:
        return None
    item = subscription["items"]["data"][0]
    if len(rows) != 1 or rows[0].text("id") != item["id"]:
        raise bad("items", "This stand-in knows subscriptions of exactly one item: name it by its id.")
    name = rows[0].text("price")
    return world.get("price", name, status=400) if name and name != item["price"]["id"] else None


def _plan(world: World, subscription: Obj, price: Obj, form: Form) -> Change:
    if price["currency"] != subscription["currency"]:
        raise bad("items[0][price]", "The price is in another currency than the subscription.")
    at = form.whole("proration_date") or world.now(subscription["customer"])
    item = subscription["items"]["data"][0]
    if not item["current_period_start"] <= at <= item["current_period_end"]:
        raise bad("proration_date", "Cannot specify proration date outside of current subscription period.")
    behaviour = form.among("proration_behavior", _PRORATIONS, "create_prorations")
    return plan_change(world, subscription, price, behaviour=behaviour, at=at)


def _change(world: World, subscription: Obj, change: Change, proration: str, behaviour: str) -> None:
    if proration != "always_invoice" and not change.resets:
        subscription["_unbilled"].extend(change.lines)
        apply_price(world, subscription, change.price, change.start, change.end)
        return
    invoice = make_invoice(world, subscription, change.lines, "subscription_update")
    subscription["latest_invoice"] = invoice["id"]
    subscription["_pending"] = (invoice["id"], change.price["id"], change.start, change.end)
    finalize(world, invoice, subscription)
    refused = _collect_change(world, invoice)
    if invoice["status"] == "paid":
        return
    if refused is not None and behaviour == "error_if_incomplete":
        subscription["_pending"] = None
        end_invoice(world, invoice, "void")
        raise refused
    if behaviour == "pending_if_incomplete":
        _wait(world, subscription, change, invoice)
    else:
        subscription["_pending"] = None
        apply_price(world, subscription, change.price, change.start, change.end)


def _collect_change(world: World, invoice: Obj) -> ApiError | None:
    """Have the invoice of a change paid. The refusal, if there was one."""
    if invoice["amount_due"] == 0:
        pay(world, invoice)
        return None
    try:
        collect(world, invoice, is_present=True)
    except ApiError as error:
        return error
    return None


def _wait(world: World, subscription: Obj, change: Change, invoice: Obj) -> None:
    """The change happens when its invoice is paid, or not at all."""
    item = {**subscription["items"]["data"][0], "price": change.price}
    clock = world.clock_of(subscription["customer"])
    end = clock.now() + FIRST_PAYMENT
    nothing = {"billing_cycle_anchor": None, "discount": None, "discounts": None, "trial_end": None, "trial_from_plan": None}
    subscription["pending_update"] = {**nothing, "expires_at": end, "subscription_items": [item]}
    world.emit("customer.subscription.updated", subscription, {"pending_update": None})
    clock.plan(end, partial(_expire, world, subscription, invoice))


def _expire(world: World, subscription: Obj, invoice: Obj) -> None:
    if subscription["_pending"] and subscription["_pending"][0] == invoice["id"]:
        subscription |= {"_pending": None, "pending_update": None}
        if invoice["status"] == "open":
            end_invoice(world, invoice, "void")
        world.emit("customer.subscription.pending_update_expired", subscription)


def preview_invoice(world: World, form: Form) -> Obj:
    """POST /v1/invoices/create_preview: of the next renewal, or of a change of price.

    Raises:
        ApiError: no subscription is named, or none that lives.
    """
    subscription = world.get("subscription", form.need("subscription"), status=400)
    if subscription["status"] not in LIVING:
        raise ApiError(400, "No upcoming invoices for customer", code="invoice_upcoming_none")
    details = form.tree("subscription_details")
    price = _read_price(world, subscription, details)
    if price is None:
        return preview_renewal(world, subscription)
    change = _plan(world, subscription, price, details)
    if details.text("proration_behavior") == "always_invoice" or change.resets:
        return make_invoice(world, subscription, change.lines, "subscription_update", keep=False)
    return preview_renewal(world, {**subscription, "_unbilled": [*subscription["_unbilled"], *change.lines]})


def list_subscriptions(world: World, query: Form) -> list[Obj]:
    """The subscriptions of GET /v1/subscriptions: without a status those that have not ended."""
    where: dict[str, Any] = {"customer": query.text("customer")} if "customer" in query else {}
    status, price = query.text("status"), query.text("price")
    found = [one for one in world.all("subscription", **where) if price in {None, one["items"]["data"][0]["price"]["id"]}]
    if status == "all":
        return found
    return [one for one in found if (one["status"] == status if status else one["status"] != "canceled")]
