"""Money that goes back. Never more than was paid."""

from __future__ import annotations

from typing import Any

from billing.simulators.stripe.balances import book
from billing.simulators.stripe.errors import ApiError, bad, missing
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.world import Obj, World


def make_refund(world: World, form: Form) -> Obj:
    """POST /v1/refunds.

    Raises:
        ApiError.
    """
    charge = _find_charge(world, form)
    left = charge["amount"] - charge["amount_refunded"]
    amount = form.whole("amount")
    amount = left if amount is None else amount
    if left == 0:
        raise ApiError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise ApiError(400, f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if not 1 <= amount <= left:
        raise bad("amount", f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", code="amount_too_large")
    return _refund(world, charge, amount, form)


def _find_charge(world: World, form: Form) -> Obj:
    if name := form.text("charge"):
        charge = world.get("charge", name, status=404)
    else:
        intent = world.get("payment_intent", form.need("payment_intent"), status=404)
        if intent["latest_charge"] is None:
            raise ApiError(400, f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
        charge = world.objects[intent["latest_charge"]]
    if charge["status"] != "succeeded":
        raise missing("charge", charge["id"], status=400)
    return charge


def _refund(world: World, charge: Obj, amount: int, form: Form) -> Obj:
    fields: dict[str, Any] = {"payment_intent": charge["payment_intent"], "reason": form.text("reason")}
    made = world.make(
        "refund",
        amount=amount,
        charge=charge["id"],
        created=world.now(charge["customer"]),
        currency=charge["currency"],
        metadata=dict(form.tree("metadata")),
        status=world.behaviour["refunds"],
        **fields,
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    charge["refunds"]["data"].insert(0, made)
    made["balance_transaction"] = book(world, "refund", made, -amount, customer=charge["customer"])["id"]
    world.emit("refund.created", made)
    world.emit("charge.refunded", charge)
    if made["status"] == "failed":
        made["status"] = "pending"
        end_refund(world, made, is_sent=False)
    return made


def end_refund(world: World, refund: Obj, *, is_sent: bool) -> Obj:
    """A refund that was on its way has arrived, or came back.

    Raises:
        ApiError: it is over.
    """
    if refund["status"] not in {"pending", "requires_action", "succeeded"} or (is_sent and refund["status"] == "succeeded"):
        raise ApiError(400, "This refund is over.")
    charge = world.objects[refund["charge"]]
    if is_sent:
        refund["status"] = "succeeded"
        world.emit("refund.updated", refund)
        return refund
    refund |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    refund["failure_balance_transaction"] = book(world, "refund_failure", refund, refund["amount"], customer=charge["customer"])["id"]
    world.emit("refund.failed", refund)
    return refund
