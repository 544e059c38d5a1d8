"""The pages that a payer's browser sees: Checkout, the bank's question, a hosted invoice, the portal. Plain forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from billing.simulators.stripe import checkout, portal
from billing.simulators.stripe.balances import ZERO_DECIMAL
from billing.simulators.stripe.cards import Card, read_card, save_card
from billing.simulators.stripe.errors import ApiError, bad
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.intents import answer_bank
from billing.simulators.stripe.invoices import intent_of
from billing.simulators.stripe.lifecycle import collect, subscription_of
from billing.simulators.stripe.world import Obj, World


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser gets: a document, or where to go next."""

    body: str = ""
    place: str = ""
    status: int = 200


def _document(title: str, inner: str, *, fault: str = "", status: int = 200) -> Page:
    alert = f'<p role="alert">{escape(fault)}</p>' if fault else ""
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    note = "<p><small>A stand-in of Stripe: no money moves here.</small></p>"
    return Page(f"{head}<main><h1>{title}</h1>{alert}{inner}{note}</main></html>", status=status)


def _form(inner: str, button: str, value: str) -> str:
    return f'<form method="post">{inner}<button type="submit" name="do" value="{value}">{escape(button)}</button></form>'


_CARD = '<p><label>Card number <input name="card" inputmode="numeric" autocomplete="off" required></label></p>'
_EMAIL = '<p><label>Email <input name="email" type="email"></label></p>'


def _amount(minor: int, currency: str) -> str:
    if currency in ZERO_DECIMAL:
        return f"{minor} {currency.upper()}"
    return f"{minor // 100}.{minor % 100:02d} {currency.upper()}"


def _read_card(form: Form) -> Card:
    card = read_card(form.text("card") or "")
    if card is None:
        raise bad("card", "Your card number is invalid.", code="invalid_number")
    return card


def _try(deed: Callable[[], Page], again: Callable[[str], Page]) -> Page:
    """What a form does, or its page again with what was wrong."""
    try:
        return deed()
    except ApiError as error:
        return again(str(error))


# ---- Checkout ------------------------------------------------------------------------------------------------------------------------
def show_checkout(world: World, name: str, fault: str = "") -> Page:
    """GET /c/pay/{session}."""
    session = world.get("checkout.session", name)
    if session["status"] != "open":
        return _document("Checkout", f"<p>This session is {session['status']}.</p>", status=410)
    rows = "".join(f"<li>{escape(item['description'])}</li>" for item in session["line_items"]["data"])
    codes = '<p><label>Promotion code <input name="code"></label></p>' if session["allow_promotion_codes"] else ""
    due = _amount(session["amount_total"], session["currency"])
    pay = _form(_EMAIL + _CARD + codes, f"Pay {due}", "pay")
    debit = _form("", "Pay by bank debit (takes days)", "debit") + _form("", "Pay by a debit that fails", "debit_fails")
    back = f'<p><a href="{escape(session["cancel_url"])}">Back</a></p>' if session["cancel_url"] else ""
    way = debit if session["mode"] == "payment" else ""
    return _document("Checkout", f"<ul>{rows}</ul>{pay}{way}{back}", fault=fault, status=402 if fault else 200)


def use_checkout(world: World, name: str, form: Form) -> Page:
    """POST /c/pay/{session}."""
    return _try(lambda: _use_checkout(world, name, form), lambda fault: show_checkout(world, name, fault))


def _use_checkout(world: World, name: str, form: Form) -> Page:
    session = world.get("checkout.session", name)
    if code := form.text("code"):
        checkout.use_code(world, session, code)
    debit = {"debit": "succeeds", "debit_fails": "fails"}.get(form.text("do") or "", "")
    card = Card("0000000000000000", "", brand="unknown") if debit else _read_card(form)
    asking = checkout.submit(world, session, card, email=form.text("email") or "", debit=debit)
    return Page(place=f"/3ds/{asking['id']}" if asking else _success(session))


def _success(session: Obj) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


# ---- The bank's question ---------------------------------------------------------------------------------------------------------------
def show_question(world: World, name: str, fault: str = "") -> Page:
    """GET /3ds/{intent}."""
    intent = world.get("payment_intent", name)
    if intent["status"] != "requires_action":
        return _document("3D Secure", "<p>There is nothing to confirm.</p>", status=410)
    ask = _form("", "Complete", "complete") + _form("", "Fail", "fail")
    due = _amount(intent["amount"], intent["currency"])
    return _document("3D Secure", f"<p>Your bank asks: is it you who pays {due}?</p>{ask}", fault=fault)


def use_question(world: World, name: str, form: Form) -> Page:
    """POST /3ds/{intent}."""
    intent = world.get("payment_intent", name)
    try:
        answer_bank(world, intent, is_owner=form.text("do") == "complete")
    except ApiError as error:
        return _after_question(world, intent, str(error))
    return _after_question(world, intent, "")


def _after_question(world: World, intent: Obj, fault: str) -> Page:
    kind, name = intent["_pays"]
    if kind == "checkout.session":
        return show_checkout(world, name, fault) if fault else Page(place=_success(world.objects[name]))
    subscription = subscription_of(world, world.objects[name])
    session = world.objects.get(subscription.get("_session", ""))
    if session and session["status"] == "open":
        if fault:
            return show_checkout(world, session["id"], fault)
        checkout.on_subscribed(world, session)
    if session and not fault and intent["_return_url"]:
        return Page(place=_success(session))
    return Page(place=intent["_return_url"] or f"/invoice/{name}") if not fault else show_invoice(world, name, fault)


# ---- An invoice ------------------------------------------------------------------------------------------------------------------------
def show_invoice(world: World, name: str, fault: str = "") -> Page:
    """GET /invoice/{invoice}."""
    invoice = world.get("invoice", name)
    due = _amount(invoice["amount_due"], invoice["currency"])
    inner = f"<p>{escape(str(invoice['number']))}: {due}, {invoice['status']}</p>"
    intent = intent_of(world, invoice)
    if invoice["status"] == "open":
        inner += _form(_CARD, f"Pay {due}", "pay")
    if intent is not None and intent["status"] == "requires_action":
        inner += f'<p><a href="/3ds/{intent["id"]}">Confirm with your bank</a></p>'
    return _document("Invoice", inner, fault=fault, status=402 if fault else 200)


def use_invoice(world: World, name: str, form: Form) -> Page:
    """POST /invoice/{invoice}."""
    return _try(lambda: _use_invoice(world, name, form), lambda fault: show_invoice(world, name, fault))


def _use_invoice(world: World, name: str, form: Form) -> Page:
    invoice = world.get("invoice", name)
    method = save_card(world, _read_card(form), invoice["customer"])
    collect(world, invoice, is_present=True, method=method)
    intent = intent_of(world, invoice)
    asks = intent is not None and intent["status"] == "requires_action"
    return Page(place=f"/3ds/{intent['id']}" if intent is not None and asks else f"/invoice/{name}")


# ---- The portal --------------------------------------------------------------------------------------------------------------------------
def show_portal(world: World, name: str, fault: str = "") -> Page:
    """GET /p/session/{portal}."""
    found = world.get("billing_portal.session", name)
    kind = found["flow"]["type"] if found["flow"] else ""
    card = _form(_CARD, "Use this card from now on", "card") if kind != "subscription_cancel" else ""
    end = _form("", "Cancel the subscription", "cancel") if kind != "payment_method_update" else ""
    back = f'<p><a href="{escape(found["return_url"])}">Back</a></p>' if found["return_url"] else ""
    return _document("Billing portal", card + end + back, fault=fault, status=402 if fault else 200)


def use_portal(world: World, name: str, form: Form) -> Page:
    """POST /p/session/{portal}."""
    return _try(lambda: _use_portal(world, name, form), lambda fault: show_portal(world, name, fault))


def _use_portal(world: World, name: str, form: Form) -> Page:
    found = world.get("billing_portal.session", name)
    if form.text("do") == "cancel":
        portal.cancel_at_end(world, found)
    else:
        portal.change_card(world, found, _read_card(form))
    return Page(place=found["return_url"] or f"/p/session/{name}")


PAGES: dict[str, tuple[Callable[[World, str], Page], Callable[[World, str, Form], Page]]] = {
    "/c/pay/": (show_checkout, use_checkout),
    "/3ds/": (show_question, use_question),
    "/invoice/": (show_invoice, use_invoice),
    "/p/session/": (show_portal, use_portal),
}
