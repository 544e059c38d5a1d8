"""Who pays."""

from __future__ import annotations

from billing.simulators.stripe import lifecycle
from billing.simulators.stripe.cards import find_method
from billing.simulators.stripe.errors import missing
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.world import Obj, World

_ENDED = frozenset({"canceled", "incomplete_expired"})
_PLAIN = ("description", "email", "name", "phone")


def make_customer(world: World, form: Form) -> Obj:
    """POST /v1/customers.

    Raises:
        ApiError: no such test clock, a card that does not attach.
    """
    clock = form.text("test_clock")
    if clock:
        world.get("test_helpers.test_clock", clock, status=400)
    settings = {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None}
    made = world.make("customer", balance=0, delinquent=False, invoice_settings=settings, metadata={}, preferred_locales=[])
    made |= {"invoice_prefix": made["id"][-8:].upper(), "next_invoice_sequence": 1, "tax_exempt": "none", "test_clock": clock}
    made["created"] = world.now(made["id"])
    _fill(world, made, form)
    world.emit("customer.created", made)
    return made


def update_customer(world: World, name: str, form: Form) -> Obj:
    """POST /v1/customers/{id}.

    Raises:
        ApiError: there is none, or none any more.
    """
    customer = _living(world, name)
    _fill(world, customer, form)
    world.emit("customer.updated", customer)
    return customer


def delete_customer(world: World, name: str, _form: Form) -> Obj:
    """DELETE /v1/customers/{id}: who they are goes with their cards, and what renews for them ends. The id stays, to be asked for.

    Raises:
        ApiError: there is none, or none any more.
    """
    customer = _living(world, name)
    for one in world.all("subscription", customer=name):
        if one["status"] not in _ENDED:
            lifecycle.end_subscription(world, one, "cancellation_requested")
    world.emit("customer.deleted", customer)
    world.tables["customer"].remove(customer)
    customer |= {"_deleted": True, "email": None, "name": None, "phone": None, "description": None, "metadata": {}}
    return _tombstone(customer)


def get_customer(world: World, name: str, _form: Form) -> Obj:
    """GET /v1/customers/{id}: of one that was deleted the id alone.

    Raises:
        ApiError: there never was one.
    """
    found = world.get("customer", name)
    return _tombstone(found) if found.get("_deleted") else found


def _living(world: World, name: str) -> Obj:
    found = world.get("customer", name)
    if found.get("_deleted"):
        raise missing("customer", name, status=404)
    return found


def _tombstone(customer: Obj) -> Obj:
    return {"id": customer["id"], "object": "customer", "deleted": True}


def _fill(world: World, customer: Obj, form: Form) -> None:
    customer |= {name: form.text(name) for name in _PLAIN if name in form}
    if "preferred_locales" in form:
        customer["preferred_locales"] = form.words("preferred_locales")
    customer["metadata"] |= form.tree("metadata")
    method = form.tree("invoice_settings").text("default_payment_method") or form.text("payment_method")
    if method:
        set_default_method(world, customer, find_method(world, method, customer["id"]))


def set_default_method(world: World, customer: Obj, method: Obj) -> None:
    """Pay with this from now on."""
    del world
    method["customer"] = customer["id"]
    customer["invoice_settings"] = {**customer["invoice_settings"], "default_payment_method": method["id"]}
