"""How a subscription lives: its first invoice, its renewals, what happens when nobody pays. Only the clock drives it."""

from __future__ import annotations

from functools import partial

from billing.simulators.stripe.clock import DAY, HOUR, after
from billing.simulators.stripe.errors import ApiError
from billing.simulators.stripe.intents import cancel, confirm
from billing.simulators.stripe.invoices import end_invoice, finalize, intent_of, make_invoice, make_line, mark_paid
from billing.simulators.stripe.world import Obj, World

FIRST_PAYMENT = 23 * HOUR
UPCOMING = 7 * DAY
TRIAL_NOTICE = 3 * DAY
RETRIES = (3 * DAY, 2 * DAY, 2 * DAY)  # on the third, fifth and seventh day
LIVING = ("trialing", "active", "past_due")


# ---- Paying ------------------------------------------------------------------------------------------------------------------------
def collect(world: World, invoice: Obj, *, is_present: bool, method: Obj | None = None, return_url: str = "") -> None:
    """Try to have an invoice paid.

    Raises:
        ApiError: it cannot be paid, or the card was refused.
    """
    if invoice["status"] != "open":
        raise ApiError(400, f"Invoice is {invoice['status']}.", code="invoice_not_editable")
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    intent = intent_of(world, invoice)
    if intent is None:
        pay(world, invoice)
        return
    method = method or _method_of(world, invoice)
    if method is None:
        on_failure(world, invoice)
        raise ApiError(400, "This customer has no attached payment source or default payment method.", code="resource_missing")
    confirm(world, intent, method, is_present=is_present, return_url=return_url)
    if intent["status"] == "requires_action":
        world.emit("invoice.payment_action_required", invoice)
        on_failure(world, invoice)


def _method_of(world: World, invoice: Obj) -> Obj | None:
    subscription = subscription_of(world, invoice)
    name = subscription["default_payment_method"] or world.objects[invoice["customer"]]["invoice_settings"]["default_payment_method"]
    return world.objects[name] if name else None


def subscription_of(world: World, invoice: Obj) -> Obj:
    """What an invoice is for."""
    found: Obj = world.objects[invoice["parent"]["subscription_details"]["subscription"]]
    return found


def on_intent(world: World, invoice: Obj, intent: Obj) -> None:
    """The intent of an invoice was paid, or refused."""
    if intent["status"] == "succeeded":
        subscription = subscription_of(world, invoice)
        subscription["default_payment_method"] = subscription["default_payment_method"] or intent["payment_method"]
        world.objects[intent["payment_method"]]["_is_set_up"] = True
        pay(world, invoice)
    else:
        on_failure(world, invoice)


def pay(world: World, invoice: Obj) -> None:
    """An invoice is paid, and the subscription lives on."""
    mark_paid(world, invoice)
    subscription = subscription_of(world, invoice)
    if subscription["_pending"] and subscription["_pending"][0] == invoice["id"]:
        _name, price, start, end = subscription["_pending"]
        subscription |= {"pending_update": None, "_pending": None}
        apply_price(world, subscription, world.objects[price], start, end)
    elif subscription["status"] in {"incomplete", "past_due", "unpaid"} and subscription["latest_invoice"] == invoice["id"]:
        set_status(world, subscription, "active")


def on_failure(world: World, invoice: Obj) -> None:
    """Nobody paid: a renewal is tried again, a first invoice waits for its payer."""
    subscription = subscription_of(world, invoice)
    tries = invoice["_tries"] = invoice.get("_tries", 0) + 1
    is_renewal = invoice["billing_reason"] == "subscription_cycle"
    if is_renewal and tries <= len(RETRIES):
        clock = world.clock_of(invoice["customer"])
        invoice["next_payment_attempt"] = clock.now() + RETRIES[tries - 1]
        clock.plan(invoice["next_payment_attempt"], partial(_retry, world, invoice, tries))
    world.emit("invoice.payment_failed", invoice)
    if is_renewal and subscription["status"] == "active":
        set_status(world, subscription, "past_due")
    if is_renewal and tries > len(RETRIES):
        _give_up(world, subscription, invoice)


def _retry(world: World, invoice: Obj, tries: int) -> None:
    if invoice["status"] == "open" and invoice["_tries"] == tries:
        try_quietly(world, invoice)


def try_quietly(world: World, invoice: Obj) -> None:
    """Try to have an invoice paid while nobody is there; what comes of it is told by events."""
    try:
        collect(world, invoice, is_present=False)
    except ApiError:
        return


def _give_up(world: World, subscription: Obj, invoice: Obj) -> None:
    invoice["next_payment_attempt"] = None
    if world.behaviour["after_retries"] == "cancel":
        end_subscription(world, subscription, "payment_failed")
    else:
        set_status(world, subscription, "unpaid")


# ---- Living ------------------------------------------------------------------------------------------------------------------------
def set_status(world: World, subscription: Obj, status: str) -> None:
    """Another status, told."""
    previous = {"status": subscription["status"]}
    subscription["status"] = status
    world.emit("customer.subscription.updated", subscription, previous)


def begin(world: World, subscription: Obj) -> Obj:
    """The first invoice of a new subscription, finalized; a trial's is of nothing and paid."""
    item = subscription["items"]["data"][0]
    period = (item["current_period_start"], item["current_period_end"])
    amount = 0 if subscription["status"] == "trialing" else item["price"]["unit_amount"]
    line = make_line(world, subscription, item["price"], amount, period=period, words="1 × subscription")
    invoice = make_invoice(world, subscription, [line], "subscription_create")
    subscription["latest_invoice"] = invoice["id"]
    finalize(world, invoice, subscription)
    world.emit("customer.subscription.created", subscription)
    _plan(world, subscription)
    if invoice["amount_due"] == 0:
        pay(world, invoice)
    else:
        clock = world.clock_of(subscription["customer"])
        clock.plan(clock.now() + FIRST_PAYMENT, partial(_expire, world, subscription, invoice))
    return invoice


def _expire(world: World, subscription: Obj, invoice: Obj) -> None:
    """A first invoice that nobody paid within 23 hours."""
    if subscription["status"] == "incomplete":
        if invoice["status"] == "open":
            end_invoice(world, invoice, "void")
        subscription["ended_at"] = world.now(subscription["customer"])
        set_status(world, subscription, "incomplete_expired")


def _plan(world: World, subscription: Obj) -> None:
    """Write into the diary what is due in this period."""
    item = subscription["items"]["data"][0]
    end = item["current_period_end"]
    clock = world.clock_of(subscription["customer"])
    clock.plan(end, partial(_renew, world, subscription, end))
    notice = TRIAL_NOTICE if subscription["status"] == "trialing" else UPCOMING
    if end - notice > clock.now():
        clock.plan(end - notice, partial(_announce, world, subscription, end))


def _is_due(subscription: Obj, end: int) -> bool:
    return subscription["status"] in LIVING and subscription["items"]["data"][0]["current_period_end"] == end


def _announce(world: World, subscription: Obj, end: int) -> None:
    if not _is_due(subscription, end) or subscription["cancel_at_period_end"]:
        return
    if subscription["status"] == "trialing":
        world.emit("customer.subscription.trial_will_end", subscription)
    else:
        world.emit("invoice.upcoming", preview_renewal(world, subscription))


def preview_renewal(world: World, subscription: Obj) -> Obj:
    """The next invoice as it would be."""
    item = subscription["items"]["data"][0]
    price, end = item["price"], item["current_period_end"]
    period = (end, after(end, price["recurring"]["interval"], price["recurring"]["interval_count"]))
    line = make_line(world, subscription, price, price["unit_amount"], period=period, words="1 × subscription")
    return make_invoice(world, subscription, [*subscription["_unbilled"], line], "upcoming", keep=False)


def _renew(world: World, subscription: Obj, end: int) -> None:
    if not _is_due(subscription, end):
        return
    if subscription["cancel_at_period_end"]:
        end_subscription(world, subscription, "cancellation_requested")
        return
    item = subscription["items"]["data"][0]
    if subscription["_next_price"]:
        item["price"] = world.objects[subscription["_next_price"]]
        subscription["_next_price"] = None
        release(world, world.objects[subscription["schedule"]], subscription)
    recurring = item["price"]["recurring"]
    later = after(end, recurring["interval"], recurring["interval_count"], anchor=subscription["billing_cycle_anchor"])
    item |= {"current_period_start": end, "current_period_end": later}
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    _bill(world, subscription, item)
    _plan(world, subscription)


def _bill(world: World, subscription: Obj, item: Obj) -> None:
    """The draft of a renewal, which is finalized an hour later."""
    period = (item["current_period_start"], item["current_period_end"])
    line = make_line(world, subscription, item["price"], item["price"]["unit_amount"], period=period, words="1 × subscription")
    invoice = make_invoice(world, subscription, [*subscription["_unbilled"], line], "subscription_cycle")
    subscription |= {"latest_invoice": invoice["id"], "_unbilled": []}
    world.emit("customer.subscription.updated", subscription, {"latest_invoice": None})
    clock = world.clock_of(subscription["customer"])
    invoice["automatically_finalizes_at"] = clock.now() + HOUR
    clock.plan(clock.now() + HOUR, partial(_finalize_renewal, world, subscription, invoice))


def _finalize_renewal(world: World, subscription: Obj, invoice: Obj) -> None:
    if invoice["status"] == "draft" and subscription["status"] in LIVING:
        finalize(world, invoice, subscription)
        try_quietly(world, invoice)


def release(world: World, schedule: Obj, subscription: Obj) -> None:
    """A subscription goes on without its schedule."""
    now = world.now(subscription["customer"])
    schedule |= {"status": "released", "released_at": now, "released_subscription": subscription["id"]}
    schedule |= {"subscription": None, "current_phase": None}
    subscription |= {"schedule": None, "_next_price": None}
    world.emit("subscription_schedule.released", schedule)


def apply_price(world: World, subscription: Obj, price: Obj, start: int, end: int) -> None:
    """Another price from now on, with the period it brings."""
    item = subscription["items"]["data"][0]
    previous = {"items": {"data": [world.show(item)]}}
    moved = end != item["current_period_end"]
    item |= {"price": price, "current_period_start": start, "current_period_end": end}
    subscription["billing_cycle_anchor"] = start if moved else subscription["billing_cycle_anchor"]
    if subscription["status"] == "trialing" and moved:
        subscription |= {"status": "active", "trial_end": start}
    world.emit("customer.subscription.updated", subscription, previous)
    if moved:
        _plan(world, subscription)


def end_subscription(world: World, subscription: Obj, reason: str) -> Obj:
    """It ends now.

    Raises:
        ApiError: it has ended.
    """
    if subscription["status"] in {"canceled", "incomplete_expired"}:
        raise ApiError(404, f"No such subscription: '{subscription['id']}'", code="resource_missing", param="id")
    now = world.now(subscription["customer"])
    subscription |= {"status": "canceled", "ended_at": now, "canceled_at": subscription["canceled_at"] or now, "schedule": None}
    subscription["cancellation_details"] = {**_NO_DETAILS, **(subscription["cancellation_details"] or {}), "reason": reason}
    invoice = world.objects.get(subscription["latest_invoice"] or "")
    intent = intent_of(world, invoice) if invoice and invoice["status"] == "open" else None
    if intent is not None and intent["status"] == "requires_action":
        cancel(world, intent, "abandoned")
    world.emit("customer.subscription.deleted", subscription)
    return subscription


_NO_DETAILS = {"comment": None, "feedback": None, "reason": None}
