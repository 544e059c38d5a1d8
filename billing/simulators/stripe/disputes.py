"""The payer's bank asks the money back, or warns that it may."""

from __future__ import annotations

from billing.simulators.stripe.balances import ZERO_DECIMAL, book
from billing.simulators.stripe.clock import DAY
from billing.simulators.stripe.errors import ApiError
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.world import Obj, World

_OPEN = ("needs_response", "under_review")
_DAYS_TO_ANSWER = 7


def open_dispute(world: World, charge: Obj, reason: str) -> Obj:
    """A dispute over the whole of a charge: the money leaves at once, with a fee.

    Raises:
        ApiError: it is disputed already, or was never paid.
    """
    if charge["disputed"] or charge["status"] != "succeeded":
        raise ApiError(400, "This charge cannot be disputed.")
    now = world.now(charge["customer"])
    made = world.make(
        "dispute",
        amount=charge["amount"],
        charge=charge["id"],
        created=now,
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    made["evidence_details"] |= {"due_by": now + _DAYS_TO_ANSWER * DAY}
    charge["disputed"] = True
    world.emit("charge.dispute.created", made)
    fee = 15000 if charge["currency"] in ZERO_DECIMAL else 1500
    made["balance_transactions"].append(book(world, "adjustment", made, -charge["amount"], fee=fee, customer=charge["customer"]))
    world.emit("charge.dispute.funds_withdrawn", made)
    return made


def answer_dispute(world: World, dispute: Obj, form: Form) -> Obj:
    """Evidence; it is sent to the bank unless `submit` is false.

    Raises:
        ApiError: the dispute is closed, or the time is over.
    """
    _demand_open(dispute)
    details = dispute["evidence_details"]
    if world.clock.now() > details["due_by"]:
        raise ApiError(400, "The deadline of this dispute has passed.")
    given = {name: form.tree("evidence").text(name) for name in form.tree("evidence") if name in dispute["evidence"]}
    dispute["evidence"] |= given
    details["has_evidence"] = details["has_evidence"] or bool(given)
    dispute["metadata"] |= form.tree("metadata")
    if form.text("submit") != "false" and details["has_evidence"]:
        dispute["status"] = "under_review"
        details["submission_count"] += 1
    world.emit("charge.dispute.updated", dispute)
    return dispute


def close_dispute(world: World, dispute: Obj, *, is_won: bool) -> Obj:
    """The bank has decided, or the house has given up.

    Raises:
        ApiError: it is closed.
    """
    _demand_open(dispute)
    dispute["status"] = "won" if is_won else "lost"
    charge = world.objects[dispute["charge"]]
    if is_won:
        charge["disputed"] = False
        dispute["balance_transactions"].append(book(world, "adjustment", dispute, dispute["amount"], customer=charge["customer"]))
        world.emit("charge.dispute.funds_reinstated", dispute)
    world.emit("charge.dispute.closed", dispute)
    return dispute


def warn_of_fraud(world: World, charge: Obj) -> Obj:
    """The card's bank believes that a charge was fraud: nothing is taken back yet."""
    intent = charge["payment_intent"]
    made = world.make(
        "radar.early_fraud_warning", actionable=True, charge=charge["id"], fraud_type="made_with_stolen_card", payment_intent=intent
    )
    world.emit("radar.early_fraud_warning.created", made)
    return made


def _demand_open(dispute: Obj) -> None:
    if dispute["status"] not in _OPEN:
        raise ApiError(400, "This dispute is already closed.")
