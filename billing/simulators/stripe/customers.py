"""Who pays."""

from __future__ import annotations

from billing.simulators.stripe.cards import find_method
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.world import Obj, World

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


def update_customer(world: World, customer: Obj, form: Form) -> Obj:
    """POST /v1/customers/{id}."""
    _fill(world, customer, form)
    world.emit("customer.updated", customer)
    return customer


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
