"""Having Stripe forget somebody: their customer goes, what renews ends, and the house makes nothing new of what Stripe still says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import SubscriptionState
from billing.models import PlanOrder, StripeSubscription, Subscription
from billing.providers.stripe import Denied, open_gateway
from billing.services import reach
from billing.services.erasure import erase_money, has_money, leave_providers
from billing.services.reach import NotReached
from billing.tests.stripe.house import find_plan_price, make_order
from billing.tests.stripe.living import buy, hear
from billing.tests.stripe.making import get, make_customer, make_price, subscribe
from billing.tests.stripe.standin import StandIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]


@pytest.fixture
def order(amina: User, now: datetime) -> PlanOrder:
    return make_order(amina, find_plan_price(now=now), now=now)


def erase(user: User, now: datetime) -> None:
    leave_providers(user_id=user.pk)
    while erase_money(user_id=user.pk, now=now):
        pass


def test_the_customer_is_gone_there_and_the_subscription_has_ended(order: PlanOrder, amina: User, standin: StandIn, now: datetime) -> None:
    buy(order, standin, now)
    row = StripeSubscription.objects.get(user=amina)
    assert leave_providers(user_id=amina.pk) == 1
    said = standin.sdk.customers.retrieve(row.customer_ref).to_dict()
    assert said == {"id": row.customer_ref, "object": "customer", "deleted": True}
    assert get(standin, row.subscription_ref).status == "canceled"


def test_asked_again_it_is_no_fault(order: PlanOrder, amina: User, standin: StandIn, now: datetime) -> None:
    buy(order, standin, now)
    assert [leave_providers(user_id=amina.pk), leave_providers(user_id=amina.pk)] == [1, 1]


def test_what_stripe_says_afterwards_makes_nobody_of_them_again(order: PlanOrder, amina: User, standin: StandIn, now: datetime) -> None:
    buy(order, standin, now)
    erase(amina, now)
    assert has_money(user_id=amina.pk) is False
    hear(standin, now + timedelta(seconds=5))  # customer.subscription.deleted among them
    row = StripeSubscription.objects.get()
    assert (row.user_id, row.status) == (None, "canceled")
    ours = Subscription.objects.get(user=amina)
    assert (ours.state, ours.open_key) == (SubscriptionState.ENDED, None)
    assert has_money(user_id=amina.pk) is False


def test_of_somebody_who_never_paid_nothing_is_asked(standin: StandIn) -> None:
    before = len(standin.look("traffic")["calls"])
    assert leave_providers(user_id=make_user("Carol").pk) == 0
    assert len(standin.look("traffic")["calls"]) == before


def test_the_customers_of_others_stay(order: PlanOrder, amina: User, standin: StandIn, now: datetime) -> None:
    buy(order, standin, now)
    other = make_customer(standin, email="carol@example.org")
    living = subscribe(standin, make_price(standin), other)
    erase(amina, now)
    assert standin.sdk.customers.retrieve(other).email == "carol@example.org"
    assert get(standin, living.id).status == "active"


def test_a_stripe_that_is_away_is_said_to_be_away_and_asked_again(
    order: PlanOrder, amina: User, standin: StandIn, now: datetime, settings: Any
) -> None:
    buy(order, standin, now)
    there = settings.STRIPE_URL
    settings.STRIPE_URL = "http://127.0.0.1:1"
    with pytest.raises(NotReached):
        leave_providers(user_id=amina.pk)
    assert StripeSubscription.objects.get(user=amina).customer_ref  # still known, so that it is asked again
    settings.STRIPE_URL = there
    reach.forget()
    assert leave_providers(user_id=amina.pk) == 1


def test_a_deleted_customer_takes_no_more_calls(standin: StandIn) -> None:
    name = make_customer(standin)
    gateway = open_gateway()
    assert gateway.delete_customer(name)["deleted"] is True
    with pytest.raises(Denied, match="resource_missing"):
        gateway.delete_customer(name)
    assert [one.id for one in standin.sdk.customers.list({"limit": 10}).data] == []
