"""Checkout: a session, the page it leads to, and what the payer does there."""

from __future__ import annotations

from functools import partial
from typing import Any

from billing.simulators.stripe.cards import Card, save_card
from billing.simulators.stripe.catalog import discount_of, find_promotion, make_price, read_discounts, use
from billing.simulators.stripe.clock import DAY
from billing.simulators.stripe.customers import make_customer
from billing.simulators.stripe.errors import ApiError, bad
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.intents import confirm, make_intent, succeed
from billing.simulators.stripe.lifecycle import collect
from billing.simulators.stripe.subscriptions import make_subscription
from billing.simulators.stripe.world import Obj, World, listed

_SHORTEST, _LONGEST, _SLACK = 30 * 60, DAY, 60
_LOCALES = ("auto", "de", "en", "en-GB", "es", "fr", "fr-CA", "it", "nl", "pt")  # of some forty; the Malagasy one is none of them
_DEBIT_DAYS = 2


def make_session(world: World, form: Form) -> Obj:
    """POST /v1/checkout/sessions.

    Raises:
        ApiError: what it lacks or has too much of, an end that is too near or too far, prices that do not go with the mode.
    """
    mode = form.among("mode", ("payment", "subscription"), "")
    form.among("locale", _LOCALES, "auto")
    end = _read_end(world, form)
    customer = form.text("customer")
    if customer:
        world.get("customer", customer, status=400)
    items = [_read_item(world, row) for row in form.rows("line_items")]
    _check_items(items, mode)
    made = _make(world, form, items, mode=mode, expires_at=end)
    world.clock.plan(end, partial(_expire_if_open, world, made))
    return made


def _read_end(world: World, form: Form) -> int:
    """When the page closes. Whoever asks lives by the wall's clock, however far this world's has been moved."""
    now, ahead = world.clock.now(), world.clock.ahead
    given = form.whole("expires_at")
    end = now + _LONGEST if given is None else given + ahead
    if not now + _SHORTEST - _SLACK <= end <= now + _LONGEST + _SLACK:
        raise bad("expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.")
    return end


def _read_item(world: World, row: Form) -> Obj:
    inline = row.tree("price_data")
    price = make_price(world, inline) if inline else world.get("price", row.need("price"), status=400)
    quantity = row.whole("quantity") or 1
    total = price["unit_amount"] * quantity
    sums = {"amount_subtotal": total, "amount_total": total, "amount_discount": 0, "amount_tax": 0}
    name = world.objects[price["product"]]["name"]
    return world.make("item", currency=price["currency"], description=name, price=price, quantity=quantity, metadata={}, **sums)


def _check_items(items: list[Obj], mode: str) -> None:
    if not items:
        raise bad("line_items", "You must provide at least one line item.", code="parameter_missing")
    if len({item["currency"] for item in items}) != 1:
        raise bad("line_items", "All prices must be in one currency.")
    recurring = [item for item in items if item["price"]["recurring"]]
    if (mode == "subscription") != bool(recurring) or len(recurring) > 1:
        raise bad("mode", "The mode and the prices do not go together.")


def _make(world: World, form: Form, items: list[Obj], *, mode: str, **fields: Any) -> Obj:
    names = ("client_reference_id", "customer", "customer_email", "success_url", "cancel_url", "locale")
    plain: Obj = {name: form.text(name) for name in names}
    total = sum(item["amount_total"] for item in items)
    made = world.make(
        "checkout.session",
        allow_promotion_codes=form.flag("allow_promotion_codes") or None,
        currency=items[0]["currency"],
        customer_creation=None if form.text("customer") or mode == "subscription" else "if_required",
        metadata=dict(form.tree("metadata")),
        mode=mode,
        payment_method_collection="always",
        payment_method_types=["card"],
        payment_status="unpaid",
        status="open",
        ui_mode=form.among("ui_mode", ("hosted_page",), "hosted_page"),
        _intent_data=form.tree("payment_intent_data"),
        _subscription_data=form.tree("subscription_data"),
        **plain,
        **fields,
    )
    form.need("success_url")
    made["url"] = f"{world.base}/c/pay/{made['id']}"
    made["line_items"] = listed(items, f"/v1/checkout/sessions/{made['id']}/line_items")
    made |= {"_discounts": read_discounts(world, form.rows("discounts"), checkout_session=made["id"]), "amount_subtotal": total}
    _sum(world, made)
    return made


def _sum(world: World, session: Obj) -> None:
    total = session["amount_subtotal"]
    for discount in session["_discounts"]:
        total -= discount_of(world, discount, total, session["currency"])
    off = session["amount_subtotal"] - total
    session |= {"amount_total": total, "total_details": {"amount_discount": off, "amount_shipping": 0, "amount_tax": 0}}
    session["discounts"] = [{"coupon": one["source"]["coupon"], "promotion_code": one["promotion_code"]} for one in session["_discounts"]]


def _expire_if_open(world: World, session: Obj) -> None:
    if session["status"] == "open":
        expire(world, session)


def expire(world: World, session: Obj) -> Obj:
    """Nobody pays it any more.

    Raises:
        ApiError: it is not open.
    """
    if session["status"] != "open":
        raise ApiError(400, f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.')
    session |= {"status": "expired", "url": None}
    world.emit("checkout.session.expired", session)
    return session


# ---- What the payer does -------------------------------------------------------------------------------------------------------------
def use_code(world: World, session: Obj, code: str) -> None:
    """A promotion code that the payer typed.

    Raises:
        ApiError.
    """
    if session["allow_promotion_codes"] and not session["_discounts"]:
        row = Form(promotion_code=find_promotion(world, code)["id"])
        session["_discounts"] = read_discounts(world, [row], checkout_session=session["id"])
        _sum(world, session)


def submit(world: World, session: Obj, card: Card, *, email: str, debit: str = "") -> Obj | None:
    """Pay. `debit` instead of a card's own way: `succeeds` or `fails`, days later. Returns the intent, if it asks for the payer.

    Raises:
        ApiError: the card was refused, or the session is over.
    """
    if session["status"] != "open":
        raise ApiError(400, "This session is over.")
    session["_email"] = email or session["customer_email"] or "payer@example.org"
    if session["mode"] == "subscription":
        return _subscribe(world, session, card)
    if session["amount_total"] == 0:
        _complete(world, session, "no_payment_required")
        return None
    return _pay(world, session, card, debit)


def _pay(world: World, session: Obj, card: Card, debit: str) -> Obj | None:
    customer = session["customer"]
    intent = world.objects.get(session["payment_intent"] or "")
    if intent is None:
        data = session["_intent_data"]
        asked = {"metadata": dict(data.tree("metadata")), "description": data.text("description")}
        amount, pays = session["amount_total"], ("checkout.session", session["id"])
        intent = make_intent(world, amount=amount, currency=session["currency"], customer=customer, pays=pays, **asked)
        session["payment_intent"] = intent["id"]
    method = save_card(world, card, customer, method="sepa_debit" if debit else "card")
    if debit:
        _begin_debit(world, session, intent, method, debit)
        return None
    confirm(world, intent, method, is_present=True, return_url=session["success_url"])
    return intent if intent["status"] == "requires_action" else None


def _begin_debit(world: World, session: Obj, intent: Obj, method: Obj, debit: str) -> None:
    """A way of paying that takes days: the session is complete, and unpaid."""
    intent |= {"status": "processing", "payment_method": method["id"], "payment_method_types": ["sepa_debit"]}
    _complete(world, session, "unpaid")
    world.clock.plan(world.clock.now() + _DEBIT_DAYS * DAY, partial(_end_debit, world, session, intent, debit))


def _end_debit(world: World, session: Obj, intent: Obj, debit: str) -> None:
    if debit == "succeeds":
        session["payment_status"] = "paid"
        succeed(world, intent)
        world.emit("checkout.session.async_payment_succeeded", session)
    else:
        intent |= {"status": "requires_payment_method", "_refused": "debit_not_authorized"}
        world.emit("payment_intent.payment_failed", intent)
        world.emit("checkout.session.async_payment_failed", session)


def _subscribe(world: World, session: Obj, card: Card) -> Obj | None:
    subscription = _begin_subscription(world, session)
    invoice = world.objects[subscription["latest_invoice"]]
    if invoice["status"] == "open":
        method = save_card(world, card, subscription["customer"])
        collect(world, invoice, is_present=True, method=method, return_url=session["success_url"])
    if invoice["status"] == "paid":
        on_subscribed(world, session)
        return None
    found: Obj = world.objects[invoice["payments"]["data"][0]["payment"]["payment_intent"]]
    return found


def _begin_subscription(world: World, session: Obj) -> Obj:
    if session["subscription"]:
        found: Obj = world.objects[session["subscription"]]
        return found
    if not session["customer"]:
        session["customer"] = make_customer(world, Form(email=session["_email"]))["id"]
    data: Form = session["_subscription_data"]
    item = Form(price=session["line_items"]["data"][0]["price"]["id"])
    form = Form(data, customer=session["customer"], items=[item], payment_behavior="default_incomplete")
    if session["_discounts"]:
        form["discounts"] = [_name_discount(one) for one in session["_discounts"]]
    made = make_subscription(world, form)
    made["_session"] = session["id"]
    session |= {"subscription": made["id"], "invoice": made["latest_invoice"]}
    return made


def _name_discount(discount: Obj) -> Form:
    code = discount["promotion_code"]
    return Form(promotion_code=code) if code else Form(coupon=discount["source"]["coupon"])


def on_subscribed(world: World, session: Obj) -> None:
    """The first invoice of a session's subscription is paid."""
    if session["status"] == "open":
        _complete(world, session, "paid" if session["amount_total"] else "no_payment_required")


def on_intent(world: World, session: Obj, intent: Obj) -> None:
    """The intent of a session was paid, or refused: then the page stays open."""
    if intent["status"] == "succeeded" and session["status"] == "open":
        _complete(world, session, "paid")


def _complete(world: World, session: Obj, payment_status: str) -> None:
    if session["mode"] == "payment":
        for discount in session["_discounts"]:
            use(world, discount)
    email = session["_email"]
    details = {"address": None, "business_name": None, "email": email, "individual_name": None, "name": None, "phone": None}
    session |= {"status": "complete", "payment_status": payment_status, "url": None}
    session["customer_details"] = {**details, "tax_exempt": "none", "tax_ids": []}
    world.emit("checkout.session.completed", session)
