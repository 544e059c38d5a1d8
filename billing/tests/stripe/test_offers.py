"""Subscriptions as they are put to the payer at Stripe: at our price, with our discount, by one customer; and how they are stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import CouponDuration, Interval, PaymentState
from billing.models import PlanOrder, StripeSubscription
from billing.providers.base import Redirect, Refused, RenewingProvider
from billing.providers.stripe import Denied, NoAnswer, open_gateway
from billing.providers.stripe_objects import Unexpected, read_dispute, read_invoice, read_money, read_subscription
from billing.providers.stripe_payments import Stripe
from billing.tests.stripe.house import find_plan_price, make_coupon, make_order, pay_for, start
from billing.tests.stripe.making import item_of
from billing.tests.stripe.standin import DAY, HOUR, OK, StandIn
from core.money import Money

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]


@pytest.fixture
def amina() -> User:
    return make_user("Amina", language="en")


def buy(order: PlanOrder, standin: StandIn, now: datetime) -> Any:
    """Pay an order on Stripe's page; the subscription that it began."""
    payment = pay_for(order, now=now)
    standin.pay(start(payment, now=now), OK)
    state = Stripe().fetch(payment, now=now)
    assert (state.state, state.money) == (PaymentState.SUCCEEDED, order.money)
    return standin.sdk.subscriptions.list({"limit": 1}).data[0]


def test_an_order_that_renews_is_a_subscription(amina: User, standin: StandIn, now: datetime) -> None:
    price = find_plan_price(now=now)
    order = make_order(amina, price, now=now)
    payment = pay_for(order, now=now)
    link = start(payment, now=now)
    made = standin.sdk.checkout.sessions.list({"expand": ["data.line_items"]}).data[0]
    assert (made.mode, made.amount_total, made.locale) == ("subscription", 499, "en")
    theirs = standin.sdk.prices.list({"lookup_keys": [price.lookup_key]}).data[0]
    assert (theirs.unit_amount, theirs.currency) == (499, "eur")
    assert theirs.recurring is not None
    assert (theirs.recurring.interval, theirs.recurring.interval_count) == ("month", 1)
    standin.pay(link)
    subscription = standin.sdk.subscriptions.list().data[0]
    assert dict(subscription.metadata.to_dict()) == {"payment": payment.our_reference, "order": order.public_id}
    state = Stripe().fetch(payment, now=now)
    assert state.settle_ref == standin.sdk.payment_intents.list().data[0].id
    assert (state.state, state.money) == (PaymentState.SUCCEEDED, Money(499, "EUR"))


def test_an_order_that_does_not_renew_is_one_payment(amina: User, standin: StandIn, now: datetime) -> None:
    order = make_order(amina, find_plan_price(now=now), now=now)
    order.renews = False
    order.save()
    start(pay_for(order, now=now), now=now)
    assert standin.sdk.checkout.sessions.list().data[0].mode == "payment"


def test_a_price_is_made_there_once(amina: User, standin: StandIn, now: datetime) -> None:
    price = find_plan_price(4_990, interval=Interval.YEAR, now=now)
    for _order in range(2):
        start(pay_for(make_order(amina, price, now=now), now=now), now=now)
    assert [one.lookup_key for one in standin.sdk.prices.list().data] == [price.lookup_key]


def test_a_price_that_costs_something_else_there_is_not_sold(amina: User, standin: StandIn, now: datetime) -> None:
    price = find_plan_price(now=now)
    product: Any = {"name": "Premium"}
    standin.sdk.prices.create(
        {"currency": "eur", "unit_amount": 99, "recurring": {"interval": "month"}, "lookup_key": price.lookup_key, "product_data": product}
    )
    payment = pay_for(make_order(amina, price, now=now), now=now)
    assert Stripe().start(payment, now=now) == Refused("PRICE_DIFFERS", alert=True)
    assert standin.sdk.checkout.sessions.list().data == []


@pytest.mark.parametrize(
    ("duration", "periods", "interval", "asked"),
    [
        (CouponDuration.ONCE, None, Interval.MONTH, [400, 500, 500]),
        (CouponDuration.REPEATING, 2, Interval.MONTH, [400, 400, 500]),
        (CouponDuration.FOREVER, None, Interval.MONTH, [400, 400, 400]),
        (CouponDuration.REPEATING, 2, Interval.YEAR, [400, 400, 500]),
    ],
)
def test_a_discount_counts_for_its_periods(
    amina: User, standin: StandIn, now: datetime, duration: str, periods: int | None, interval: str, asked: list[int]
) -> None:
    coupon = make_coupon(now=now, duration=duration, periods=periods)
    order = make_order(amina, find_plan_price(500, interval=interval, now=now), now=now, discount=100, coupon=coupon)
    made = buy(order, standin, now)
    for _period in range(2):
        standin.control("clock", to=item_of(standin.sdk.subscriptions.retrieve(made.id)).current_period_end + 2 * HOUR)
    rows = standin.sdk.invoices.list({"subscription": made.id}).data
    assert [one.amount_paid for one in reversed(rows)] == asked


def test_credit_of_an_upgrade_counts_once(amina: User, standin: StandIn, now: datetime) -> None:
    order = make_order(amina, find_plan_price(4_990, interval=Interval.YEAR, now=now), now=now, credit=499)
    made = buy(order, standin, now)
    assert [one.amount_paid for one in standin.sdk.invoices.list({"subscription": made.id}).data] == [4_491]


def test_credit_and_a_coupon_that_lasts_do_not_go_together(amina: User, standin: StandIn, now: datetime) -> None:
    coupon = make_coupon(now=now, duration=CouponDuration.FOREVER)
    order = make_order(amina, find_plan_price(now=now), now=now, credit=100, discount=50, coupon=coupon)
    assert Stripe().start(pay_for(order, now=now), now=now) == Refused("CREDIT_AND_COUPON", alert=True)
    assert standin.sdk.checkout.sessions.list().data == []


def test_a_second_try_finds_the_coupon_of_the_first(amina: User, standin: StandIn, now: datetime) -> None:
    order = make_order(amina, find_plan_price(now=now), now=now, discount=50, coupon=make_coupon(now=now))
    payment = pay_for(order, now=now)
    standin.control("faults", error_before={"next": 1, "path": "/v1/checkout"})
    Stripe().start(payment, now=now)
    standin.advance(2 * DAY)  # the keys are forgotten there
    assert isinstance(Stripe().start(payment, now=now), Redirect)
    assert len(standin.sdk.coupons.list().data) == 1


def test_who_was_here_before_is_the_same_customer(amina: User, standin: StandIn, now: datetime) -> None:
    price = find_plan_price(now=now)
    first = buy(make_order(amina, price, now=now), standin, now)
    fields = {"item_ref": "si_1", "price_key": price.lookup_key, "status": "canceled", "period_end": now, "asked_at": now}
    StripeSubscription.objects.create(user=amina, subscription_ref=first.id, customer_ref=first.customer, **fields)
    second = buy(make_order(amina, price, now=now), standin, now)
    assert second.customer == first.customer
    other = buy(make_order(make_user("Ben"), price, now=now), standin, now)
    assert other.customer != first.customer


# ---- The end -------------------------------------------------------------------------------------------------------------------------
def test_it_stops_at_the_end_of_the_period(amina: User, standin: StandIn, now: datetime) -> None:
    made = buy(make_order(amina, find_plan_price(now=now), now=now), standin, now)
    assert isinstance(Stripe(), RenewingProvider)
    for _time in range(2):
        Stripe().stop_subscription(made.id, at_once=False, now=now)
    assert standin.sdk.subscriptions.retrieve(made.id).cancel_at_period_end is True
    standin.control("clock", to=item_of(made).current_period_end + HOUR)
    assert standin.sdk.subscriptions.retrieve(made.id).status == "canceled"
    Stripe().stop_subscription(made.id, at_once=True, now=now)


def test_it_stops_at_once(amina: User, standin: StandIn, now: datetime) -> None:
    made = buy(make_order(amina, find_plan_price(now=now), now=now), standin, now)
    for _time in range(2):
        Stripe().stop_subscription(made.id, at_once=True, now=now)
    assert standin.sdk.subscriptions.retrieve(made.id).status == "canceled"


def test_a_change_that_waits_is_taken_back(amina: User, standin: StandIn, now: datetime) -> None:
    made = buy(make_order(amina, find_plan_price(now=now), now=now), standin, now)
    standin.sdk.subscription_schedules.create({"from_subscription": made.id})
    Stripe().stop_subscription(made.id, at_once=False, now=now)
    after = standin.sdk.subscriptions.retrieve(made.id)
    assert (after.schedule, after.cancel_at_period_end) == (None, True)


def test_what_cannot_be_told_now_is_told_again(amina: User, standin: StandIn, now: datetime) -> None:
    made = buy(make_order(amina, find_plan_price(now=now), now=now), standin, now)
    standin.control("faults", error_before={"next": 1, "path": "/v1/subscriptions"})
    with pytest.raises(NoAnswer, match="503"):
        Stripe().stop_subscription(made.id, at_once=True, now=now)
    assert standin.sdk.subscriptions.retrieve(made.id).status == "active"
    with pytest.raises(Denied, match="resource_missing"):
        Stripe().stop_subscription("sub_unknown", at_once=True, now=now)


# ---- Reading -------------------------------------------------------------------------------------------------------------------------
def test_a_subscription_is_of_one_item(amina: User, standin: StandIn, now: datetime) -> None:
    price = find_plan_price(now=now)
    made = buy(make_order(amina, price, now=now), standin, now)
    said = open_gateway().get_subscription(made.id)
    found = read_subscription(said)
    assert (found.ref, found.customer_ref, found.item_ref, found.price_key) == (made.id, made.customer, item_of(made).id, price.lookup_key)
    assert int(found.period_end.timestamp()) == item_of(made).current_period_end
    assert (found.status, found.cancel_at_period_end, found.schedule_ref, found.has_pending_change) == ("active", False, "", False)
    none: list[Any] = []
    for items in (none, said["items"]["data"] * 2):
        with pytest.raises(Unexpected, match="items"):
            read_subscription({**said, "items": {"data": items}})


def test_an_invoice_names_its_subscription(amina: User, standin: StandIn, now: datetime) -> None:
    order = make_order(amina, find_plan_price(now=now), now=now)
    made = buy(order, standin, now)
    found = read_invoice(open_gateway().get_invoice(str(made.latest_invoice)))
    assert (found.subscription_ref, found.reason, found.status) == (made.id, "subscription_create", "paid")
    assert (found.money, found.paid) == (Money(499, "EUR"), Money(499, "EUR"))
    assert found.intent_ref == standin.sdk.payment_intents.list().data[0].id
    assert found.page.startswith(standin.url)
    assert int(found.period_end.timestamp()) == item_of(made).current_period_end


@pytest.mark.parametrize(("minor", "currency"), [(1.5, "eur"), ("5", "eur"), (True, "eur"), (5, "jpy"), (5, None), (None, "eur")])
def test_amounts_that_are_none(minor: object, currency: object) -> None:
    with pytest.raises(Unexpected):
        read_money(minor, currency)


def test_a_dispute_that_has_moved_nothing_yet() -> None:
    said = {"id": "du_1", "payment_intent": "pi_1", "amount": 5, "currency": "eur", "status": "needs_response", "reason": "general"}
    found = read_dispute({**said, "created": 1_800_000_000, "balance_transactions": [], "evidence_details": {"due_by": None}})
    assert (found.withdrawn, found.evidence_due_at, found.money) == (False, None, Money(5, "EUR"))
