"""The customer portal: another card, or the end of a subscription."""

from __future__ import annotations

from billing.simulators.stripe.cards import Card, save_card
from billing.simulators.stripe.customers import set_default_method
from billing.simulators.stripe.errors import ApiError
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.lifecycle import LIVING
from billing.simulators.stripe.subscriptions import update_subscription
from billing.simulators.stripe.world import Obj, World

_FLOWS = ("payment_method_update", "subscription_cancel")


def make_portal(world: World, form: Form) -> Obj:
    """POST /v1/billing_portal/sessions.

    Raises:
        ApiError: no such customer, a flow that the stand-in does not have, a subscription that is somebody else's.
    """
    customer = world.get("customer", form.need("customer"), status=400)
    made = world.make(
        "billing_portal.session",
        configuration="bpc_standin",
        customer=customer["id"],
        flow=_read_flow(world, form.tree("flow_data"), customer) if "flow_data" in form else None,
        return_url=form.text("return_url"),
    )
    made["url"] = f"{world.base}/p/session/{made['id']}"
    return made


def _read_flow(world: World, form: Form, customer: Obj) -> Obj:
    kind = form.among("type", _FLOWS, "")
    flow = dict.fromkeys(("customer_update", "subscription_cancel", "subscription_update", "subscription_update_confirm"))
    ending = {"type": "portal_homepage", "hosted_confirmation": None, "redirect": None}
    made: Obj = {**flow, "type": kind, "after_completion": ending}
    if kind == "subscription_cancel":
        subscription = world.get("subscription", form.tree("subscription_cancel").need("subscription"), status=400)
        if subscription["customer"] != customer["id"] or subscription["status"] not in LIVING:
            raise ApiError(400, "This subscription cannot be canceled by this customer.")
        made["subscription_cancel"] = {"retention": None, "subscription": subscription["id"]}
    return made


def change_card(world: World, portal: Obj, card: Card) -> None:
    """Pay with another card from now on, the living subscriptions included.

    Raises:
        ApiError: it does not attach.
    """
    customer = world.objects[portal["customer"]]
    method = save_card(world, card, customer["id"])
    method["_is_set_up"] = True  # the portal asks the bank while the payer is there
    set_default_method(world, customer, method)
    world.emit("customer.updated", customer)
    for subscription in world.all("subscription", customer=customer["id"]):
        if subscription["status"] in LIVING:
            subscription["default_payment_method"] = method["id"]
            world.emit("customer.subscription.updated", subscription, {"default_payment_method": None})


def cancel_at_end(world: World, portal: Obj) -> None:
    """End the subscription of the flow, or all of the customer's, with their period."""
    named = portal["flow"]["subscription_cancel"]["subscription"] if portal["flow"] and portal["flow"]["subscription_cancel"] else None
    for subscription in world.all("subscription", customer=portal["customer"]):
        if subscription["status"] in LIVING and named in {None, subscription["id"]}:
            update_subscription(world, subscription, Form(cancel_at_period_end="true"))
