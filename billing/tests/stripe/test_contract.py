"""What the house relies on at Stripe, tried against the stand-in each time and against Stripe's own test mode on demand: the same tests.

What stands here has to hold in both. Pages that a payer fills in cannot be pressed from here, so that cards are named by Stripe's tokens.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import Interval, OrderKind, PaymentState
from billing.models import Payment, PlanOrder, Price, Subscription
from billing.providers.base import PushSent, Redirect
from billing.providers.stripe import Denied, NoAnswer
from billing.providers.stripe_changes import change_at_end, keep_price, preview_change, read_next_price
from billing.providers.stripe_objects import RenewingState, judge_invoice, read_invoice, read_subscription
from billing.providers.stripe_offers import ensure_coupon, ensure_price, make_offer
from billing.providers.stripe_payments import Stripe
from billing.tests.stripe.house import find_plan_price, make_order, make_payment, pay_for
from billing.tests.stripe.places import Place, open_live, open_standin, why_not_live
from core.money import Money

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(params=["stand-in", pytest.param("live", marks=pytest.mark.live)])
def place(request: pytest.FixtureRequest, settings: Any) -> Iterator[Place]:
    """One Stripe after the other."""
    if request.param == "stand-in":
        yield open_standin(settings, request.getfixturevalue("standin"))
    elif why := why_not_live(os.environ):
        pytest.skip(why)
    else:
        yield from open_live(settings)


@pytest.fixture
def now() -> datetime:
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def amina() -> User:
    return make_user("Amina", language="mg")


@pytest.fixture
def prices(now: datetime) -> tuple[Price, Price]:
    """A month and a year under names that no other run has used: Stripe forgets none."""
    run = uuid.uuid4().hex[:8]
    month, year = find_plan_price(499, now=now), find_plan_price(4_990, interval=Interval.YEAR, now=now)
    for price in (month, year):
        price.lookup_key = f"contract:{run}:{price.interval}"
        price.save(update_fields=["lookup_key"])
    return month, year


def subscribe(place: Place, price: Price, now: datetime) -> tuple[str, RenewingState]:
    """Somebody by a clock of their own, who pays by a good card; their clock, and their subscription."""
    clock = place.make_clock(int(now.timestamp()))
    card = "pm_card_visa"
    who = place.sdk.customers.create({"test_clock": clock, "payment_method": card, "invoice_settings": {"default_payment_method": card}})
    made = place.sdk.subscriptions.create({"customer": who.id, "items": [{"price": ensure_price(place.gateway, price)}]})
    return clock, look(place, made.id)


def look(place: Place, ref: str) -> RenewingState:
    """A subscription as it stands."""
    return read_subscription(place.gateway.get_subscription(ref))


# ---- Whether it is tried -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("asked", [{}, {"LIVE_STRIPE_TEST": "1"}, {"LIVE_STRIPE_KEY": "sk_test_a"}, {"LIVE_STRIPE_TEST": "0"}])
def test_without_being_asked_it_says_that_it_was_not_tried(asked: dict[str, str]) -> None:
    assert "not tried against Stripe itself" in why_not_live(asked)


def test_a_key_that_moves_money_is_refused() -> None:
    assert why_not_live({"LIVE_STRIPE_TEST": "1", "LIVE_STRIPE_KEY": "rk_test_a"}) == ""
    for key in ("sk_live_a", "rk_live_a", "sk_test", "pk_test_a"):
        with pytest.raises(ValueError, match="test mode"):
            why_not_live({"LIVE_STRIPE_TEST": "1", "LIVE_STRIPE_KEY": key})


# ---- Pages of payment ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("currency", "amount"), [("EUR", 2_000), ("MGA", 50_000)])
def test_a_page_for_a_payment_is_one_page(place: Place, amina: User, now: datetime, currency: str, amount: int) -> None:
    payment = make_payment(amina, now=now, amount=amount, currency=currency)
    begun = Stripe().start(payment, now=now)
    assert isinstance(begun, Redirect)
    assert Stripe().start(payment, now=now) == begun
    said = place.gateway.get_session(begun.provider_ref)
    assert (said["amount_total"], said["currency"], said["status"]) == (amount, currency.lower(), "open")
    assert (said["metadata"]["payment"], said["client_reference_id"]) == (payment.our_reference, payment.our_reference)


def test_a_page_whose_answer_was_lost_is_found_by_our_reference(place: Place, amina: User, now: datetime) -> None:
    payment = make_payment(amina, now=now)
    begun = Stripe().start(payment, now=now)
    assert isinstance(begun, Redirect)
    assert payment.provider_ref is None
    found = Stripe().fetch(payment, now=timezone.now())
    assert (found.state, found.provider_ref, found.money) == (PaymentState.PENDING, begun.provider_ref, payment.money)


def test_a_key_takes_no_other_parameters(place: Place, amina: User, now: datetime) -> None:
    payment = make_payment(amina, now=now)
    params, key = make_offer(place.gateway, payment), f"contract:{uuid.uuid4()}"
    first = place.gateway.create_session(params, key=key)
    assert place.gateway.create_session(params, key=key)["id"] == first["id"]
    with pytest.raises(NoAnswer):
        place.gateway.create_session({**params, "locale": "en"}, key=key)


def test_what_there_is_not_is_denied(place: Place) -> None:
    with pytest.raises(Denied) as denied:
        place.gateway.get_subscription("sub_thereisnone")
    assert denied.value.code == "resource_missing"


# ---- Prices and coupons ----------------------------------------------------------------------------------------------------------------
def test_a_price_is_made_once_and_never_costs_something_else(place: Place, prices: tuple[Price, Price]) -> None:
    month = prices[0]
    assert ensure_price(place.gateway, month) == ensure_price(place.gateway, month)
    month.amount_minor += 1
    with pytest.raises(Denied) as denied:
        ensure_price(place.gateway, month)
    assert denied.value.code == "PRICE_DIFFERS"


def test_a_discount_is_one_coupon_of_its_order(place: Place, amina: User, prices: tuple[Price, Price], now: datetime) -> None:
    order = make_order(amina, prices[0], now=now, discount=100)
    assert ensure_coupon(place.gateway, order) == ensure_coupon(place.gateway, order) == f"order-{order.public_id}"
    params = {"id": f"order-{order.public_id}", "amount_off": 100, "currency": "eur", "duration": "once"}
    with pytest.raises(Denied) as denied:  # made again under another key: it is there, which `ensure_coupon` takes for a yes
        place.gateway.create_coupon(params, key=f"contract:{uuid.uuid4()}")
    assert denied.value.code == "resource_already_exists"


# ---- What renews -----------------------------------------------------------------------------------------------------------------------
def test_a_subscription_has_its_period_on_its_item(place: Place, prices: tuple[Price, Price], now: datetime) -> None:
    _clock, found = subscribe(place, prices[0], now)
    assert (found.status, found.price_key, found.schedule_ref, found.has_pending_change) == ("active", prices[0].lookup_key, "", False)
    assert found.period_start == now.astimezone(UTC)
    assert timedelta(days=28) <= found.period_end - found.period_start <= timedelta(days=31)


def test_a_renewal_is_an_invoice_with_its_payment(place: Place, prices: tuple[Price, Price], now: datetime) -> None:
    clock, found = subscribe(place, prices[0], now)
    place.advance(clock, int((found.period_end + 2 * HOUR).timestamp()))
    renewed = look(place, found.ref)
    assert renewed.period_start == found.period_end
    invoice = read_invoice(place.gateway.get_invoice(renewed.latest_invoice_ref))
    assert (invoice.reason, invoice.status, invoice.subscription_ref) == ("subscription_cycle", "paid", found.ref)
    assert (invoice.money, invoice.paid) == (Money(499, "EUR"), Money(499, "EUR"))
    assert invoice.intent_ref.startswith("pi_")
    assert place.gateway.get_intent(invoice.intent_ref)["status"] == "succeeded"
    assert judge_invoice(invoice, ref=invoice.ref).state == PaymentState.SUCCEEDED


def test_money_goes_back_in_parts_and_never_more_than_was_paid(place: Place, prices: tuple[Price, Price], now: datetime) -> None:
    _clock, found = subscribe(place, prices[0], now)
    intent = read_invoice(place.gateway.get_invoice(found.latest_invoice_ref)).intent_ref
    params: Any = {"payment_intent": intent, "amount": 100, "metadata": {"refund": "r1"}, "reason": "requested_by_customer"}
    key = f"contract:{uuid.uuid4()}"
    made = place.gateway.create_refund(params, key=key)
    assert (made["status"], made["amount"], made["currency"]) == ("succeeded", 100, "eur")
    assert place.gateway.create_refund(params, key=key)["id"] == made["id"]
    assert [one["metadata"] for one in place.gateway.list_refunds(intent=intent)] == [{"refund": "r1"}]
    with pytest.raises(Denied):
        place.gateway.create_refund({**params, "amount": 400}, key=f"contract:{uuid.uuid4()}")


@pytest.mark.parametrize("at_once", [False, True])
def test_it_is_stopped_as_often_as_one_likes(place: Place, prices: tuple[Price, Price], now: datetime, at_once: bool) -> None:
    _clock, found = subscribe(place, prices[0], now)
    for _time in range(2):
        Stripe().stop_subscription(found.ref, at_once=at_once, now=now)
    after = look(place, found.ref)
    assert (after.status, after.cancel_at_period_end) == (("canceled", False) if at_once else ("active", True))


# ---- Another duration --------------------------------------------------------------------------------------------------------------------
def order_change(amina: User, year: Price, found: RenewingState, due: Money, at: datetime) -> Payment:
    """The payment of an order that changes a subscription."""
    row = Subscription.objects.create(
        user=amina, price=year, provider="STRIPE", provider_ref=found.ref, renews=True, state="ACTIVE",
        period_start=at, period_end=found.period_end, created_at=at,
    )  # fmt: skip
    order = make_order(amina, year, now=at, credit=year.amount_minor - due.amount_minor)
    PlanOrder.objects.filter(pk=order.pk).update(kind=OrderKind.UPGRADE, subscription=row, prorated_at=at)
    return pay_for(PlanOrder.objects.get(pk=order.pk), now=at)


def test_a_longer_one_costs_what_its_preview_said(place: Place, amina: User, prices: tuple[Price, Price], now: datetime) -> None:
    """4.99 a month to 49.90 a year at the start of the period: 44.91."""
    _clock, found = subscribe(place, prices[0], now)
    cost = preview_change(place.gateway, ref=found.ref, price=prices[1], at=now)
    assert (cost.due, cost.discount) == (Money(4_491, "EUR"), Money(0, "EUR"))
    payment = order_change(amina, prices[1], found, cost.due, now)
    begun = Stripe().start(payment, now=now)
    assert isinstance(begun, PushSent)
    payment.provider_ref = begun.provider_ref
    state = Stripe().fetch(payment, now=now)
    assert (state.state, state.money) == (PaymentState.SUCCEEDED, Money(4_491, "EUR"))
    after = look(place, found.ref)
    assert (after.price_key, after.has_pending_change, after.latest_invoice_ref) == (prices[1].lookup_key, False, begun.provider_ref)
    assert after.period_end - now >= timedelta(days=365)


def test_a_change_whose_answer_was_lost_is_found(place: Place, amina: User, prices: tuple[Price, Price], now: datetime) -> None:
    _clock, found = subscribe(place, prices[0], now)
    payment = order_change(amina, prices[1], found, Money(4_491, "EUR"), now)
    begun = Stripe().start(payment, now=now)
    assert isinstance(begun, PushSent)
    payment.checks = 1
    assert Stripe().start(payment, now=now) == begun
    assert Stripe().fetch(payment, now=now).provider_ref == begun.provider_ref


def test_a_shorter_one_waits_for_the_end_and_may_be_taken_back(place: Place, prices: tuple[Price, Price], now: datetime) -> None:
    month, year = prices
    clock, found = subscribe(place, year, now)
    for _time in range(2):
        change_at_end(place.gateway, ref=found.ref, price=month)
    waiting = look(place, found.ref)
    assert waiting.price_key == year.lookup_key
    assert read_next_price(place.gateway.get_schedule(waiting.schedule_ref)) == month.lookup_key
    for _time in range(2):
        keep_price(place.gateway, ref=found.ref)
    assert look(place, found.ref).schedule_ref == ""
    change_at_end(place.gateway, ref=found.ref, price=month)
    place.advance(clock, int((found.period_end + 2 * HOUR).timestamp()))
    after = look(place, found.ref)
    assert (after.price_key, after.period_start) == (month.lookup_key, found.period_end)
    invoice = read_invoice(place.gateway.get_invoice(after.latest_invoice_ref))
    assert (invoice.reason, invoice.paid) == ("subscription_cycle", Money(499, "EUR"))
