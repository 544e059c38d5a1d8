"""Payment intents and the charges they make: confirmation, 3-D Secure, declines."""

from __future__ import annotations

import secrets
from typing import Any

from billing.simulators.stripe.balances import book, fee_of
from billing.simulators.stripe.cards import Card, refusal_of
from billing.simulators.stripe.disputes import open_dispute, warn_of_fraud
from billing.simulators.stripe.errors import ApiError
from billing.simulators.stripe.world import Obj, World

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def make_intent(world: World, *, amount: int, currency: str, customer: str | None, pays: tuple[str, str], **fields: Any) -> Obj:
    """A payment intent. `pays` says for what: the kind and id of a session or an invoice."""
    made = world.make(
        "payment_intent",
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        capture_method="automatic_async",
        confirmation_method="automatic",
        created=world.now(customer),
        currency=currency,
        customer=customer,
        payment_method_types=["card"],
        status="requires_payment_method",
        _pays=pays,
        **{"metadata": {}, **fields},
    )
    made["client_secret"] = f"{made['id']}_secret_{secrets.token_hex(12)}"
    world.emit("payment_intent.created", made)
    return made


def confirm(world: World, intent: Obj, method: Obj, *, is_present: bool, return_url: str = "") -> None:
    """Try to take the money. Afterwards the intent is succeeded, asks for the payer (`requires_action`), or needs another card.

    Raises:
        ApiError: the card was refused; 402.
    """
    card: Card = method["_card"]
    intent["payment_method"] = method["id"]
    if card.refusal:
        raise _fail(world, intent, refusal_of(card))
    if card.asks == "always" or (card.asks == "unless_set_up" and is_present and not method["_is_set_up"]):
        _ask(world, intent, return_url)
        return
    if card.asks == "unless_set_up" and not method["_is_set_up"]:
        raise _fail(world, intent, ApiError(402, "This card needs to be authenticated.", kind="card_error", code="authentication_required"))
    succeed(world, intent)


def _ask(world: World, intent: Obj, return_url: str) -> None:
    """Have the payer's bank ask them."""
    intent["status"], intent["_return_url"] = "requires_action", return_url
    place = {"return_url": return_url or None, "url": f"{world.base}/3ds/{intent['id']}"}
    intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": place}
    world.emit("payment_intent.requires_action", intent)


def answer_bank(world: World, intent: Obj, *, is_owner: bool) -> None:
    """The payer has answered their bank's question.

    Raises:
        ApiError: it was not asked, or they failed it.
    """
    if intent["status"] != "requires_action":
        raise ApiError(400, "This PaymentIntent asks for nothing.", code="payment_intent_unexpected_state")
    intent["next_action"] = None
    if not is_owner:
        words = "The provided PaymentMethod has failed authentication."
        raise _fail(world, intent, ApiError(402, words, kind="card_error", code="payment_intent_authentication_failure"))
    world.objects[intent["payment_method"]]["_is_set_up"] = True
    succeed(world, intent)


def succeed(world: World, intent: Obj) -> None:
    """The money is there."""
    charge = _charge(world, intent, status="succeeded", paid=True, captured=True, amount_captured=intent["amount"])
    fee = fee_of(intent["amount"], intent["currency"])
    charge["balance_transaction"] = book(world, "charge", charge, intent["amount"], fee=fee, customer=intent["customer"])["id"]
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"], "last_payment_error": None}
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", intent)
    world.outcomes[intent["_pays"][0]](world, world.objects[intent["_pays"][1]], intent)
    aftermath = world.objects[intent["payment_method"]]["_card"].aftermath
    if aftermath == "dispute":
        open_dispute(world, charge, "fraudulent")
    elif aftermath == "warning":
        warn_of_fraud(world, charge)


def _fail(world: World, intent: Obj, error: ApiError) -> ApiError:
    """Note a refusal, and tell of it."""
    code = str(error.fields.get("decline_code") or error.fields["code"])
    charge = _charge(world, intent, status="failed", failure_code=error.fields["code"], failure_message=error.fields["message"])
    charge["outcome"] = {**charge["outcome"], "type": "issuer_declined", "network_status": "declined_by_network", "reason": code}
    intent |= {"status": "requires_payment_method", "latest_charge": charge["id"], "_refused": code}
    intent["last_payment_error"] = {**error.fields, "charge": charge["id"]}
    world.emit("charge.failed", charge)
    world.emit("payment_intent.payment_failed", intent)
    world.outcomes[intent["_pays"][0]](world, world.objects[intent["_pays"][1]], intent)
    error.fields |= {"charge": charge["id"], "payment_intent": world.show(intent)}
    return error


def cancel(world: World, intent: Obj, reason: str | None = None) -> Obj:
    """Give an intent up.

    Raises:
        ApiError: it is over.
    """
    if intent["status"] not in OPEN:
        words = f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
        raise ApiError(400, words, code="payment_intent_unexpected_state")
    now = world.now(intent["customer"])
    intent |= {"status": "canceled", "canceled_at": now, "cancellation_reason": reason, "next_action": None}
    world.emit("payment_intent.canceled", intent)
    return intent


def _charge(world: World, intent: Obj, **fields: Any) -> Obj:
    method = world.objects[intent["payment_method"]]
    outcome = {
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "seller_message": None,
        "type": "authorized",
    }
    outcome |= {"advice_code": None, "network_advice_code": None, "network_decline_code": None}
    details: Obj | None = None
    if method["type"] == "card":
        told = {name: method["card"][name] for name in ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")}
        details = {"type": "card", "card": _CARD_DETAILS | told}
    made = world.make(
        "charge",
        amount=intent["amount"],
        created=world.now(intent["customer"]),
        currency=intent["currency"],
        customer=intent["customer"],
        metadata=dict(intent["metadata"]),
        outcome=outcome,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=details,
        **fields,
    )
    made["refunds"] = {"object": "list", "data": [], "has_more": False, "url": f"/v1/charges/{made['id']}/refunds"}
    return made


_CARD_DETAILS: Obj = {
    "amount_authorized": None, "authorization_code": None, "checks": None, "installments": None, "mandate": None, "network": "visa",
    "network_token": None, "network_transaction_id": None, "regulated_status": "unregulated", "three_d_secure": None,
    "transaction_link_id": None, "wallet": None,
}  # fmt: skip
