"""A subscription as it lives between Stripe and the house: bought on Stripe's page, told of by letters, renewed by the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.test import Client

from accounts.models import User
from billing.enums import EventState, OrderState, PaymentState
from billing.models import Payment, PlanOrder, Price, ProviderEvent
from billing.services.inbox import process_event
from billing.services.payments import submit_payment
from billing.services.subscriptions import extend_subscription
from billing.tests.plans import selling
from billing.tests.stripe.house import make_order, pay_for
from billing.tests.stripe.making import item_of
from billing.tests.stripe.standin import HOUR, OK, StandIn


def knock(letters: list[dict[str, Any]]) -> list[int]:
    """Deliver letters at our door; what we answered."""
    browser = Client()
    return [
        browser.post("/webhooks/stripe/", letter["body"], content_type="application/json", headers=letter["headers"]).status_code
        for letter in letters
    ]


def follow_all(now: datetime) -> None:
    """What the outbox does with what came in."""
    for pk in ProviderEvent.objects.filter(state=EventState.RECEIVED).order_by("pk").values_list("pk", flat=True):
        process_event(event_id=pk, now=now)


def hear(standin: StandIn, now: datetime) -> None:
    """All that Stripe has to tell comes in and is followed."""
    assert set(knock(standin.letters())) <= {200}
    follow_all(now)


def send(order: PlanOrder, now: datetime) -> Payment:
    """The payment of an order, told to Stripe."""
    payment = pay_for(order, now=now)
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.CREATED, submitted_at=None)
    return submit_payment(payment_id=payment.pk, now=now)


def buy(order: PlanOrder, standin: StandIn, now: datetime, card: str = OK) -> Payment:
    """Amina pays on Stripe's page, and Stripe tells."""
    payment = send(order, now)
    page = standin.sdk.checkout.sessions.list({"limit": 1}).data[0]
    assert page.url is not None
    standin.pay(page.url, card)
    hear(standin, now)
    payment.refresh_from_db()
    return payment


def renew(standin: StandIn, now: datetime) -> None:
    """A period is over, and its renewal is drawn and told."""
    made = standin.sdk.subscriptions.list({"status": "all"}).data[0]
    standin.control("clock", to=item_of(made).current_period_end + 2 * HOUR)
    hear(standin, now)


# ---- Changes ---------------------------------------------------------------------------------------------------------------------------
def begin(user: User, price: Price, standin: StandIn, now: datetime) -> PlanOrder:
    """Buy on Stripe's page, and have it delivered."""
    made = make_order(user, price, now=now)
    extend_subscription(payment_id=buy(made, standin, now).pk, now=now)
    made.refresh_from_db()
    assert made.state == OrderState.PAID
    return made


def change(user: User, price: Price, now: datetime) -> PlanOrder:
    """Order another duration as the page does it."""
    return selling.order(user, price, now=now, renews=True)


def change_and_pay(user: User, price: Price, standin: StandIn, now: datetime) -> PlanOrder:
    """Another duration, ordered, paid by the kept card, told and delivered."""
    placed = change(user, price, now)
    payment = send(placed, now)
    hear(standin, now)
    extend_subscription(payment_id=payment.pk, now=now)
    placed.refresh_from_db()
    assert placed.state == OrderState.PAID
    return placed


def theirs(standin: StandIn) -> Any:
    """The one subscription as Stripe has it."""
    return standin.sdk.subscriptions.list({"status": "all"}).data[0]


def taken(standin: StandIn) -> int:
    """All that was really taken from cards."""
    return sum(one.amount for one in standin.sdk.charges.list({"limit": 100}).data if one.paid)
