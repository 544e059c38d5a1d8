"""What tests of the stand-in begin with: prices, customers, sessions, subscriptions."""

from __future__ import annotations

from typing import Any

from stripe import Subscription

from billing.tests.stripe.standin import OK, StandIn

# docs.stripe.com/testing: the token by which a call names a test card.
TOKENS = {
    OK: "pm_card_visa",
    "4000000000000002": "pm_card_chargeDeclined",
    "4000000000000341": "pm_card_chargeCustomerFail",
    "4000002760003184": "pm_card_authenticationRequired",
}


def make_price(standin: StandIn, amount: int = 499, *, interval: str = "month", currency: str = "eur", key: str = "") -> str:
    """A recurring price."""
    params: Any = {"currency": currency, "unit_amount": amount, "recurring": {"interval": interval}, "product_data": {"name": "Premium"}}
    return standin.sdk.prices.create(params | ({"lookup_key": key} if key else {})).id


def make_customer(standin: StandIn, card: str = OK, **more: Any) -> str:
    """Somebody who pays by a card."""
    params: Any = {"email": "amina@example.org", **more}
    made = standin.sdk.customers.create(params)
    if card:
        standin.sdk.customers.update(made.id, {"invoice_settings": {"default_payment_method": TOKENS[card]}})
    return made.id


def subscribe(standin: StandIn, price: str, customer: str, **more: Any) -> Subscription:
    """A subscription, paid if the card is good."""
    params: Any = {"customer": customer, "items": [{"price": price}], **more}
    return standin.sdk.subscriptions.create(params)


def get(standin: StandIn, name: str) -> Subscription:
    """A subscription as it stands."""
    return standin.sdk.subscriptions.retrieve(name)


def item_of(subscription: Subscription) -> Any:
    """Its one item: the package's own `items` is a method of dictionaries."""
    return subscription["items"].data[0]


def offer(standin: StandIn, amount: int = 2_000, currency: str = "eur", **more: Any) -> Any:
    """A Checkout session for one payment."""
    line: Any = {"price_data": {"currency": currency, "unit_amount": amount, "product_data": {"name": "Order"}}, "quantity": 1}
    params: Any = {"mode": "payment", "line_items": [line], "success_url": "http://127.0.0.1:1/back?s={CHECKOUT_SESSION_ID}", **more}
    return standin.sdk.checkout.sessions.create(params)


def offer_subscription(standin: StandIn, price: str, **more: Any) -> Any:
    """A Checkout session for a subscription."""
    line = {"price": price, "quantity": 1}
    params: Any = {"mode": "subscription", "line_items": [line], "success_url": "http://127.0.0.1:1/back", **more}
    return standin.sdk.checkout.sessions.create(params)
