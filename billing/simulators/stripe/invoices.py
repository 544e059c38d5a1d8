"""Invoices: their lines, their sums, and where they stand."""

from __future__ import annotations

from typing import Any

from billing.simulators.stripe.catalog import discount_of
from billing.simulators.stripe.clock import after
from billing.simulators.stripe.errors import ApiError
from billing.simulators.stripe.intents import OPEN, cancel, make_intent
from billing.simulators.stripe.world import Obj, World, listed


def make_line(
    world: World, subscription: Obj, price: Obj, amount: int, *, period: tuple[int, int], words: str, is_proration: bool = False
) -> Obj:
    """A line about one price of a subscription."""
    item = subscription["items"]["data"][0]
    details = {"invoice_item": None, "proration": is_proration, "subscription": subscription["id"], "subscription_item": item["id"]}
    details["proration_details"] = {"credited_items": None} if is_proration else None
    pricing = {"type": "price_details", "price_details": {"price": price["id"], "product": price["product"]}}
    return world.make(
        "line_item",
        keep=False,
        amount=amount,
        currency=price["currency"],
        description=words,
        discount_amounts=[],
        discountable=not is_proration,
        parent={"type": "subscription_item_details", "invoice_item_details": None, "subscription_item_details": details},
        period={"start": period[0], "end": period[1]},
        pretax_credit_amounts=[],
        pricing=pricing | {"unit_amount_decimal": str(abs(amount))},
        quantity=1,
        quantity_decimal="1",
        subscription=subscription["id"],
        subtotal=amount,
        taxes=[],
    )


def make_invoice(world: World, subscription: Obj, lines: list[Obj], reason: str, *, keep: bool = True) -> Obj:
    """A draft. One that is not kept is a preview."""
    customer = world.objects[subscription["customer"]]
    now = world.now(customer["id"])
    parent = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    made = world.make(
        "invoice",
        name=None if keep else f"upcoming_{subscription['id']}",
        keep=keep,
        auto_advance=True,
        billing_reason=reason,
        created=now,
        currency=subscription["currency"],
        customer=customer["id"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        metadata={},
        parent={"type": "subscription_details", "quote_details": None, "subscription_details": parent},
        period_end=now,
        period_start=now,
        starting_balance=customer["balance"],
        status="draft",
        test_clock=customer["test_clock"],
        total_pretax_credit_amounts=[],
        total_taxes=[],
        _lines=lines,
    )
    made["lines"] = listed([{**line, "invoice": made["id"]} for line in lines], f"/v1/invoices/{made['id']}/lines")
    made["payments"] = listed([], f"/v1/invoices/{made['id']}/payments")
    _sum(world, made, subscription)
    if keep:
        world.emit("invoice.created", made)
    return made


def _sum(world: World, invoice: Obj, subscription: Obj) -> None:
    subtotal = sum(line["amount"] for line in invoice["lines"]["data"])
    off = _discounts(world, subscription, subtotal, invoice["created"])
    total = subtotal - sum(one["amount"] for one in off)
    balance = total + invoice["starting_balance"]
    invoice |= {"subtotal": subtotal, "subtotal_excluding_tax": subtotal, "total": total, "total_excluding_tax": total}
    invoice |= {"total_discount_amounts": off, "discounts": [one["discount"] for one in off], "_balance_after": min(0, balance)}
    invoice |= {"amount_due": max(0, balance), "amount_remaining": max(0, balance)}


def _discounts(world: World, subscription: Obj, amount: int, now: int) -> list[Obj]:
    """What the discounts of a subscription take off an invoice of now."""
    off: list[Obj] = []
    for name in subscription["discounts"]:
        discount = world.objects[name]
        if amount > 0 and (discount["end"] is None or now < discount["end"]):
            off.append({"amount": discount_of(world, discount, amount, subscription["currency"]), "discount": name})
            amount -= off[-1]["amount"]
    return off


def begin_discounts(world: World, subscription: Obj) -> None:
    """Set when the discounts of a new subscription end; those of one invoice are taken off with it (`finalize`)."""
    for name in subscription["discounts"]:
        discount = world.objects[name]
        coupon = world.objects[discount["source"]["coupon"]]
        discount["subscription"] = subscription["id"]
        if coupon["duration"] == "repeating":
            discount["end"] = after(discount["start"], "month", coupon["duration_in_months"])


def finalize(world: World, invoice: Obj, subscription: Obj) -> None:
    """From now on it is owed, and cannot be changed.

    Raises:
        ApiError: it is no draft.
    """
    if invoice["status"] != "draft":
        raise ApiError(400, "This invoice is already finalized, you can't re-finalize a non-draft invoice.", code="invoice_not_editable")
    customer = world.objects[invoice["customer"]]
    now = world.now(customer["id"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    customer |= {"next_invoice_sequence": customer["next_invoice_sequence"] + 1, "balance": invoice["_balance_after"]}
    invoice |= {"status": "open", "number": number, "effective_at": now, "ending_balance": invoice["_balance_after"]}
    invoice["status_transitions"] = {**invoice["status_transitions"], "finalized_at": now}
    invoice["hosted_invoice_url"] = f"{world.base}/invoice/{invoice['id']}"
    if invoice["amount_due"] > 0:
        _ask_for_payment(world, invoice)
    _end_single_discounts(world, subscription)
    world.emit("invoice.finalized", invoice)


def _ask_for_payment(world: World, invoice: Obj) -> None:
    amount, customer = invoice["amount_due"], invoice["customer"]
    pays = ("invoice", invoice["id"])
    intent = make_intent(world, amount=amount, currency=invoice["currency"], customer=customer, pays=pays, setup_future_usage="off_session")
    payment = world.make(
        "invoice_payment",
        amount_paid=None,
        amount_requested=amount,
        created=world.now(customer),
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
    )
    invoice["payments"]["data"].append(payment)
    invoice["confirmation_secret"] = {"type": "payment_intent", "client_secret": intent["client_secret"]}


def _end_single_discounts(world: World, subscription: Obj) -> None:
    for name in list(subscription["discounts"]):
        if world.objects[world.objects[name]["source"]["coupon"]]["duration"] == "once":
            subscription["discounts"].remove(name)


def intent_of(world: World, invoice: Obj) -> Obj | None:
    """The payment intent of an invoice that is owed."""
    rows = invoice["payments"]["data"]
    found: Obj | None = world.objects[rows[0]["payment"]["payment_intent"]] if rows else None
    return found


def mark_paid(world: World, invoice: Obj) -> None:
    """The money is there."""
    now, due = world.now(invoice["customer"]), invoice["amount_due"]
    invoice |= {"status": "paid", "amount_paid": due, "amount_remaining": 0, "attempted": True, "next_payment_attempt": None}
    invoice["auto_advance"] = False
    invoice["status_transitions"] = {**invoice["status_transitions"], "paid_at": now}
    for payment in invoice["payments"]["data"]:
        payment |= {"status": "paid", "amount_paid": due}
        payment["status_transitions"] = {**payment["status_transitions"], "paid_at": now}
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)


def end_invoice(world: World, invoice: Obj, status: str) -> Obj:
    """`void` or `uncollectible`: nobody pays it any more.

    Raises:
        ApiError: it is no invoice that is owed.
    """
    if invoice["status"] not in {"open", "uncollectible"}:
        raise ApiError(400, f"This invoice is {invoice['status']}; it cannot become {status}.")
    intent = intent_of(world, invoice)
    if intent is not None and intent["status"] in OPEN and status == "void":
        cancel(world, intent, "void_invoice")
    names: dict[str, Any] = {
        "void": ("voided_at", "invoice.voided"),
        "uncollectible": ("marked_uncollectible_at", "invoice.marked_uncollectible"),
    }
    moment, event = names[status]
    invoice |= {"status": status, "auto_advance": False, "next_payment_attempt": None}
    invoice["status_transitions"] = {**invoice["status_transitions"], moment: world.now(invoice["customer"])}
    world.emit(event, invoice)
    return invoice
