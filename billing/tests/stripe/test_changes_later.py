"""Another duration for what Stripe renews, at the end of its period; and leaving after a change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.enums import OrderKind, OrderState
from billing.models import PlanOrder, Price, Refund, StripeSubscription, Subscription
from billing.services import reach
from billing.services.cancelling import cancel_contract, preview_cancellation
from billing.services.changes import drop_change, plan_change
from billing.services.quotes import ShorterLater, make_quote
from billing.services.stopping import stop_at_provider
from billing.services.withdrawing import withdraw
from billing.tests.plans.selling import has_premium, tell
from billing.tests.stripe.living import change_and_pay, hear, renew, taken, theirs
from billing.tests.stripe.making import get
from billing.tests.stripe.standin import DAY, StandIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
SOON = timedelta(minutes=2)
LATER = timedelta(days=10)


# ---- A shorter one, at the end of the period --------------------------------------------------------------------------------------------
def test_a_month_after_the_year_is_kept_by_stripe_and_by_us(
    yearly: PlanOrder, amina: User, month: Price, standin: StandIn, now: datetime
) -> None:
    browser = Client()
    browser.force_login(amina)
    assert "Rien à payer aujourd’hui" in browser.get("/money/subscription/change/?lang=fr").content.decode()
    answer = browser.post("/money/subscription/change/?lang=fr", {"price": month.public_id}, follow=True)
    assert "C’est noté" in answer.content.decode()
    row = Subscription.objects.get()
    assert (row.price, row.next_price) == (yearly.price, month)
    assert get(standin, theirs(standin).id).schedule == StripeSubscription.objects.get().schedule_ref != ""
    page = browser.get("/money/subscription/change/?lang=fr").content.decode()
    assert "C’est votre choix actuel" in page
    assert 'name="keep"' in page
    renew(standin, timezone.now())
    row.refresh_from_db()
    assert (row.price, row.next_price) == (month, None)
    assert taken(standin) == 4_990 + 499
    assert PlanOrder.objects.get(kind=OrderKind.RENEWAL).amount_minor == 499


def test_chosen_twice_it_is_chosen_once(yearly: PlanOrder, amina: User, month: Price, standin: StandIn, now: datetime) -> None:
    for _time in range(2):
        assert plan_change(user=amina, price_id=month.public_id, now=timezone.now()) == Subscription.objects.get().period_end
    assert len(standin.sdk.subscription_schedules.list().data) == 1


def test_the_choice_is_taken_back(yearly: PlanOrder, amina: User, month: Price, standin: StandIn, now: datetime) -> None:
    plan_change(user=amina, price_id=month.public_id, now=timezone.now())
    browser = Client()
    browser.force_login(amina)
    answer = browser.post("/money/subscription/change/?lang=fr", {"keep": "1"}, follow=True)
    assert "garde la durée d’aujourd’hui" in answer.content.decode()
    assert (Subscription.objects.get().next_price, theirs(standin).schedule) == (None, None)
    drop_change(user=amina, now=timezone.now())  # once more harms nothing
    renew(standin, timezone.now())
    assert taken(standin) == 2 * 4_990


def test_whoever_cancels_needs_no_month_after(yearly: PlanOrder, amina: User, month: Price, standin: StandIn, now: datetime) -> None:
    plan_change(user=amina, price_id=month.public_id, now=timezone.now())
    cancel_contract(told=tell(amina, reference=Subscription.objects.get().reference), now=timezone.now())
    stop_at_provider(subscription_id=Subscription.objects.get().pk, at_once=False, now=timezone.now())
    hear(standin, timezone.now())
    assert (theirs(standin).schedule, theirs(standin).cancel_at_period_end) == (None, True)
    assert Subscription.objects.get().next_price is None


def test_while_stripe_is_silent_no_choice_is_noted(yearly: PlanOrder, amina: User, month: Price, standin: StandIn) -> None:
    browser = Client()
    browser.force_login(amina)
    standin.control("faults", error_before=1.0)
    answer = browser.post("/money/subscription/change/?lang=fr", {"price": month.public_id})
    standin.control("faults")
    assert answer["Location"] == "/money/subscription/change/"
    assert "Rien n’a été changé" in browser.get("/money/subscription/change/?lang=fr").content.decode()
    assert (Subscription.objects.get().next_price, theirs(standin).schedule) == (None, None)


def test_a_lost_answer_is_mended_by_asking_again(yearly: PlanOrder, amina: User, month: Price, standin: StandIn) -> None:
    standin.control("faults", reply_lost={"next": 1, "path": "/v1/subscription_schedules"})
    with pytest.raises(reach.NotReached):
        plan_change(user=amina, price_id=month.public_id, now=timezone.now())
    standin.control("faults")
    plan_change(user=amina, price_id=month.public_id, now=timezone.now())
    assert len(standin.sdk.subscription_schedules.list().data) == 1
    assert Subscription.objects.get().next_price == month


def test_a_shorter_one_is_never_ordered(yearly: PlanOrder, amina: User, month: Price, now: datetime) -> None:
    with pytest.raises(ShorterLater):
        make_quote(user=amina, price=month, renews=True, country="FR", now=now + SOON)


# ---- Leaving afterwards -----------------------------------------------------------------------------------------------------------------
@pytest.fixture
def upgraded(monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime) -> PlanOrder:
    """Ten days into the month Amina went over to the year."""
    standin.advance(10 * DAY)
    return change_and_pay(amina, year, standin, now + LATER)


def test_withdrawing_gives_the_money_back_and_the_month_its_time(
    upgraded: PlanOrder, monthly: PlanOrder, amina: User, standin: StandIn, now: datetime
) -> None:
    at = now + LATER + SOON
    withdraw(told=tell(amina, reference=upgraded.reference), now=at)
    stop_at_provider(subscription_id=Subscription.objects.get().pk, at_once=True, now=at)
    monthly.refresh_from_db()
    refund = Refund.objects.get()
    assert (refund.payment.subject_key, upgraded.amount_minor - refund.amount_minor) == (upgraded.subject_key, 0)
    assert (monthly.state, monthly.replaced_by) == (OrderState.PAID, None)
    assert theirs(standin).status == "canceled"
    assert has_premium(amina, at + timedelta(days=5))
    assert not has_premium(amina, at + timedelta(days=40))


def test_a_year_that_was_ordered_is_no_renewal_without_notice(upgraded: PlanOrder, amina: User, now: datetime) -> None:
    row = Subscription.objects.get()
    ending = preview_cancellation(told=tell(amina, reference=row.reference), now=now + LATER + timedelta(days=30))
    assert (ending.refund, ending.ends_at) == (None, row.period_end)
