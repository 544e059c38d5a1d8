"""Which call does what: one line each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billing.simulators.stripe import (
    catalog,
    checkout,
    customers,
    disputes,
    intents,
    invoices,
    lifecycle,
    portal,
    refunds,
    schedules,
    subscriptions,
    testclocks,
    webhooks,
)
from billing.simulators.stripe.cards import find_method
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.world import SHAPES, Obj, World

Deed = Callable[[World, str, Form], Obj]


@dataclass(frozen=True, slots=True)
class Route:
    """A call. `words` are the parameters that it takes."""

    method: str
    pattern: re.Pattern[str]
    words: frozenset[str]
    deed: Deed


def _creates(deed: Callable[[World, Form], Obj]) -> Deed:
    return lambda world, _name, form: deed(world, form)


def _of(kind: str, deed: Callable[[World, Obj, Form], Obj]) -> Deed:
    return lambda world, name, form: deed(world, world.get(kind, name), form)


def _gets(kind: str) -> Deed:
    return lambda world, name, _form: world.get(kind, name)


def _lists(kind: str, *fields: str) -> Deed:
    """The objects of a kind, by the values of some of their fields."""

    def found(world: World, path: str, query: Form) -> Obj:
        where: dict[str, Any] = {name: query.text(name) for name in fields if query.text(name) is not None}
        return world.page(path, world.all(kind, **where), query)

    return found


def _list_promotions(world: World, path: str, query: Form) -> Obj:
    code = query.text("code")
    return world.page(path, [one for one in world.all("promotion_code") if code in {None, one["code"]}], query)


def _list_invoices(world: World, path: str, query: Form) -> Obj:
    name = query.text("subscription")
    where = {field: query.text(field) for field in ("customer", "status") if field in query}
    found = [one for one in world.all("invoice", **where) if name in {None, one["parent"]["subscription_details"]["subscription"]}]
    return world.page(path, found, query)


def _list_movements(world: World, path: str, query: Form) -> Obj:
    where = {field: query.text(field) for field in ("currency", "source", "type") if field in query}
    payout = query.text("payout")
    found = [one for one in world.all("balance_transaction", **where) if payout in {None, one["_payout"]}]
    return world.page(path, found, query)


def _finalize(world: World, invoice: Obj, _form: Form) -> Obj:
    invoices.finalize(world, invoice, lifecycle.subscription_of(world, invoice))
    return invoice


def _pay_invoice(world: World, invoice: Obj, form: Form) -> Obj:
    name = form.text("payment_method")
    method = find_method(world, name, invoice["customer"]) if name else None
    if invoice["status"] == "draft":
        _finalize(world, invoice, form)
    lifecycle.collect(world, invoice, is_present=not form.flag("off_session"), method=method)
    return invoice


def _confirm(world: World, intent: Obj, form: Form) -> Obj:
    name = form.text("payment_method") or intent["payment_method"] or ""
    method = find_method(world, name, intent["customer"])
    intents.confirm(world, intent, method, is_present=not form.flag("off_session"), return_url=form.text("return_url") or "")
    return intent


def _remove_endpoint(world: World, endpoint: Obj, _form: Form) -> Obj:
    world.remove(endpoint)
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def _cancel_subscription(world: World, subscription: Obj, form: Form) -> Obj:
    details = form.tree("cancellation_details")
    subscription["cancellation_details"] = {"reason": None, "comment": details.text("comment"), "feedback": details.text("feedback")}
    return lifecycle.end_subscription(world, subscription, "cancellation_requested")


_TABLE: dict[str, Deed] = {
    "post /v1/customers": _creates(customers.make_customer),
    "get /v1/customers": _lists("customer", "email", "test_clock"),
    "get /v1/customers/{customer}": customers.get_customer,
    "post /v1/customers/{customer}": customers.update_customer,
    "delete /v1/customers/{customer}": customers.delete_customer,
    "post /v1/products": _creates(catalog.make_product),
    "get /v1/products": _lists("product"),
    "get /v1/products/{id}": _gets("product"),
    "post /v1/products/{id}": _of("product", catalog.update_product),
    "post /v1/prices": _creates(catalog.make_price),
    "get /v1/prices": lambda world, path, query: world.page(path, catalog.list_prices(world, query), query),
    "get /v1/prices/{price}": _gets("price"),
    "post /v1/prices/{price}": _of("price", catalog.update_price),
    "post /v1/coupons": _creates(catalog.make_coupon),
    "get /v1/coupons": _lists("coupon"),
    "get /v1/coupons/{coupon}": _gets("coupon"),
    "post /v1/promotion_codes": _creates(catalog.make_promotion_code),
    "get /v1/promotion_codes": _list_promotions,
    "get /v1/promotion_codes/{promotion_code}": _gets("promotion_code"),
    "post /v1/tax_rates": _creates(catalog.make_tax_rate),
    "get /v1/tax_rates": _lists("tax_rate"),
    "get /v1/tax_rates/{tax_rate}": _gets("tax_rate"),
    "post /v1/checkout/sessions": _creates(checkout.make_session),
    "get /v1/checkout/sessions": _lists("checkout.session", "customer", "payment_intent", "status", "subscription"),
    "get /v1/checkout/sessions/{session}": _gets("checkout.session"),
    "post /v1/checkout/sessions/{session}/expire": _of("checkout.session", lambda world, session, _form: checkout.expire(world, session)),
    "post /v1/billing_portal/sessions": _creates(portal.make_portal),
    "post /v1/subscriptions": _creates(subscriptions.make_subscription),
    "get /v1/subscriptions": lambda world, path, query: world.page(path, subscriptions.list_subscriptions(world, query), query),
    "get /v1/subscriptions/{subscription_exposed_id}": _gets("subscription"),
    "post /v1/subscriptions/{subscription_exposed_id}": _of("subscription", subscriptions.update_subscription),
    "delete /v1/subscriptions/{subscription_exposed_id}": _of("subscription", _cancel_subscription),
    "post /v1/subscription_schedules": _creates(schedules.make_schedule),
    "get /v1/subscription_schedules": _lists("subscription_schedule", "customer"),
    "get /v1/subscription_schedules/{schedule}": _gets("subscription_schedule"),
    "post /v1/subscription_schedules/{schedule}": _of("subscription_schedule", schedules.update_schedule),
    "post /v1/subscription_schedules/{schedule}/release": _of(
        "subscription_schedule", lambda world, schedule, _form: schedules.release_schedule(world, schedule)
    ),
    "get /v1/invoices": _list_invoices,
    "post /v1/invoices/create_preview": _creates(subscriptions.preview_invoice),
    "get /v1/invoices/{invoice}": _gets("invoice"),
    "post /v1/invoices/{invoice}/finalize": _of("invoice", _finalize),
    "post /v1/invoices/{invoice}/pay": _of("invoice", _pay_invoice),
    "post /v1/invoices/{invoice}/void": _of("invoice", lambda world, invoice, _form: invoices.end_invoice(world, invoice, "void")),
    "get /v1/payment_intents": _lists("payment_intent", "customer"),
    "get /v1/payment_intents/{intent}": _gets("payment_intent"),
    "post /v1/payment_intents/{intent}/confirm": _of("payment_intent", _confirm),
    "post /v1/payment_intents/{intent}/cancel": _of(
        "payment_intent", lambda world, intent, form: intents.cancel(world, intent, form.text("cancellation_reason"))
    ),
    "get /v1/charges": _lists("charge", "customer", "payment_intent"),
    "get /v1/charges/{charge}": _gets("charge"),
    "post /v1/refunds": _creates(refunds.make_refund),
    "get /v1/refunds": _lists("refund", "charge", "payment_intent"),
    "get /v1/refunds/{refund}": _gets("refund"),
    "get /v1/disputes": _lists("dispute", "charge", "payment_intent"),
    "get /v1/disputes/{dispute}": _gets("dispute"),
    "post /v1/disputes/{dispute}": _of("dispute", disputes.answer_dispute),
    "post /v1/disputes/{dispute}/close": _of("dispute", lambda world, dispute, _form: disputes.close_dispute(world, dispute, is_won=False)),
    "get /v1/radar/early_fraud_warnings": _lists("radar.early_fraud_warning", "charge", "payment_intent"),
    "get /v1/radar/early_fraud_warnings/{early_fraud_warning}": _gets("radar.early_fraud_warning"),
    "get /v1/events": _lists("event", "type"),
    "get /v1/events/{id}": _gets("event"),
    "get /v1/balance_transactions": _list_movements,
    "get /v1/balance_transactions/{id}": _gets("balance_transaction"),
    "get /v1/payouts": _lists("payout", "status"),
    "get /v1/payouts/{payout}": _gets("payout"),
    "post /v1/webhook_endpoints": _creates(webhooks.make_endpoint),
    "get /v1/webhook_endpoints": _lists("webhook_endpoint"),
    "get /v1/webhook_endpoints/{webhook_endpoint}": _gets("webhook_endpoint"),
    "post /v1/webhook_endpoints/{webhook_endpoint}": _of("webhook_endpoint", webhooks.update_endpoint),
    "delete /v1/webhook_endpoints/{webhook_endpoint}": _of("webhook_endpoint", _remove_endpoint),
    "post /v1/test_helpers/test_clocks": _creates(testclocks.make_clock),
    "get /v1/test_helpers/test_clocks": _lists("test_helpers.test_clock"),
    "get /v1/test_helpers/test_clocks/{test_clock}": _gets("test_helpers.test_clock"),
    "post /v1/test_helpers/test_clocks/{test_clock}/advance": _of("test_helpers.test_clock", testclocks.advance_clock),
}


def _compile(call: str, deed: Deed) -> Route:
    method, path = call.split()
    pattern = re.compile(re.sub(r"\{[a-z_]+\}", "([^/]+)", path) + "/?")
    return Route(method.upper(), pattern, frozenset(SHAPES["calls"][call]), deed)


ROUTES = [_compile(call, deed) for call, deed in _TABLE.items()]
OUTCOMES = {"invoice": lifecycle.on_intent, "checkout.session": checkout.on_intent}
