"""Another duration for what Stripe renews, at once: its cost shown before, and paid by the kept card once, whatever is lost."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import Interval, OrderKind, OrderState, PaymentState, SubscriptionState
from billing.models import ContractLetter, LedgerAccount, Payment, PlanOrder, Price, StripeSubscription, Subscription
from billing.providers.base import Refused, open_text
from billing.providers.stripe_payments import Stripe
from billing.queries.subscriptions import find_subscription
from billing.services.changes import NoChange, drop_change, list_changes, plan_change
from billing.services.payments import settle_payment, submit_again
from billing.services.quotes import ChangeBarred, OtherCurrency, RenewsAlready, make_quote
from billing.services.subscriptions import extend_subscription
from billing.services.writing import read_letter
from billing.tests.plans.selling import has_premium
from billing.tests.stripe.house import find_plan_price, pay_for
from billing.tests.stripe.living import change, change_and_pay, follow_all, hear, knock, renew, send, taken, theirs
from billing.tests.stripe.making import get, item_of
from billing.tests.stripe.standin import ASKS_ALWAYS, DAY, HOUR, StandIn
from core.money import Money

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
SOON = timedelta(minutes=2)  # a period begins at the stand-in's second, not at ours
LATER = timedelta(days=10)


def updates_of(standin: StandIn) -> list[Any]:
    """The invoices of changes, the oldest first."""
    rows = standin.sdk.invoices.list({"subscription": theirs(standin).id, "limit": 100}).data
    return [one for one in reversed(rows) if one.billing_reason == "subscription_update"]


def let_bank(standin: StandIn, card: str) -> None:
    """From now on the kept card is this one."""
    standin.sdk.subscriptions.update(theirs(standin).id, {"default_payment_method": card})


# ---- Shown before -----------------------------------------------------------------------------------------------------------------------
def test_the_vector_is_shown_before_anything_is_asked(
    monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime
) -> None:
    """4.99 a month to 49.90 a year at the start of the period: 44.91."""
    quote = make_quote(user=amina, price=year, renews=True, country="FR", now=now + SOON)
    assert (quote.kind, quote.renews, quote.begins_at_once) == (OrderKind.UPGRADE, True, True)
    assert (quote.credit, quote.discount, quote.due) == (Money(499, "EUR"), Money(0, "EUR"), Money(4_491, "EUR"))
    assert quote.vat.net + quote.vat.vat == quote.due
    assert quote.changes == find_subscription(user=amina)
    (shown,) = list_changes(user=amina, country="FR", now=now + SOON)
    assert (shown.price, shown.quote) == (year, quote)
    assert updates_of(standin) == []
    assert taken(standin) == 499


def test_ten_days_later_the_rest_is_credited(monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime) -> None:
    standin.advance(10 * DAY)
    end = item_of(theirs(standin)).current_period_end
    begun = item_of(theirs(standin)).current_period_start
    quote = make_quote(user=amina, price=year, renews=True, country="FR", now=now + LATER)
    at = int((now + LATER).timestamp())
    assert quote.credit.amount_minor == round(499 * (end - at) / (end - begun))
    assert quote.due == year.money - quote.credit


def test_the_page_says_what_it_costs_and_where_it_is_ordered(monthly: PlanOrder, amina: User, year: Price, standin: StandIn) -> None:
    browser = Client()
    browser.force_login(amina)
    page = browser.get("/money/subscription/change/?lang=fr").content.decode()
    for words in ("49,90", "− 4,99", "44,91", f"/money/order/{year.public_id}/?renews=1"):
        assert words in page, words
    recap = browser.get(f"/money/order/{year.public_id}/?renews=1&lang=fr").content.decode()
    for words in ("44,91", "La somme est demandée à la carte qui renouvelle", "renouvelé par carte"):
        assert words in recap, words
    assert "J’ai un code promotionnel" not in recap


# ---- Ordered and paid -------------------------------------------------------------------------------------------------------------------
def test_it_is_paid_by_the_kept_card_and_begins_at_once(
    monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime
) -> None:
    at = now + SOON
    placed = change(amina, year, at)
    assert (placed.kind, placed.renews, placed.money, placed.credit) == (OrderKind.UPGRADE, True, Money(4_491, "EUR"), Money(499, "EUR"))
    payment = send(placed, at)
    assert (payment.state, payment.provider_ref) == (PaymentState.PENDING, updates_of(standin)[0].id)
    assert open_text(payment, "redirect_url") == ""
    hear(standin, at)
    payment.refresh_from_db()
    assert payment.state == PaymentState.SUCCEEDED
    subscription = extend_subscription(payment_id=payment.pk, now=at)
    assert subscription is not None
    placed.refresh_from_db()
    monthly.refresh_from_db()
    row = Subscription.objects.select_related("price").get()
    assert (row.pk, row.price, row.state) == (subscription.pk, year, SubscriptionState.ACTIVE)
    assert int(row.period_end.timestamp()) == item_of(theirs(standin)).current_period_end
    assert placed.period_end is not None
    assert abs(placed.period_end - row.period_end) < timedelta(days=1)
    assert (monthly.state, monthly.replaced_by) == (OrderState.REPLACED, placed)
    assert StripeSubscription.objects.get().price_key == year.lookup_key
    assert has_premium(amina, at + timedelta(days=200))


def test_the_books_hold_what_was_taken_and_no_renewal_beside_it(
    monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime
) -> None:
    payment = send(change(amina, year, now + SOON), now + SOON)
    letters = standin.letters() * 3
    random.Random(7).shuffle(letters)
    assert set(knock(letters)) == {200}
    follow_all(now)
    settle_payment(payment_id=payment.pk, now=now + SOON)
    extend_subscription(payment_id=payment.pk, now=now + SOON)
    assert Payment.objects.filter(state=PaymentState.SUCCEEDED).count() == Payment.objects.count() == 2
    assert sorted(PlanOrder.objects.values_list("kind", flat=True)) == [OrderKind.NEW, OrderKind.UPGRADE]
    assert LedgerAccount.objects.get(code="clearing:STRIPE:EUR").posted == taken(standin) == 499 + 4_491


def test_a_letter_confirms_it_with_its_sum_and_what_follows(
    monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime
) -> None:
    placed = change_and_pay(amina, year, standin, now + SOON)
    text = read_letter(ContractLetter.objects.get(key=f"order:{placed.public_id}"))
    for words in (placed.reference, "44,91", "49,90", "renouvelé par carte"):
        assert words in text, words


def test_a_year_later_it_renews_as_a_year(monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime) -> None:
    change_and_pay(amina, year, standin, now + SOON)
    renew(standin, now + SOON)
    assert taken(standin) == 499 + 4_491 + 4_990
    assert Payment.objects.filter(state=PaymentState.SUCCEEDED).count() == 3
    assert PlanOrder.objects.get(kind=OrderKind.RENEWAL).amount_minor == 4_990


def test_the_page_that_pays_says_that_the_card_is_asked_at_once(
    monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime
) -> None:
    placed = change(amina, year, now + SOON)
    browser = Client()
    browser.force_login(amina)
    page = browser.get(f"/money/pay/plan/{placed.public_id}/?lang=fr").content.decode()
    assert "prise tout de suite sur la carte" in page
    assert "Rien n’est pris avant votre accord" not in page
    payment = send(placed, now + SOON)
    waiting = browser.get(f"/money/payments/{payment.public_id}/?lang=fr").content.decode()
    assert "La confirmation arrive ici" in waiting
    assert "téléphone" not in waiting.split("<main")[1].split("</main")[0]


# ---- The bank asks, or refuses ----------------------------------------------------------------------------------------------------------
def test_a_bank_that_asks_is_answered_on_stripes_page(
    monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime
) -> None:
    let_bank(standin, "pm_card_authenticationRequired")
    payment = send(change(amina, year, now + SOON), now + SOON)
    page = open_text(payment, "redirect_url")
    assert (payment.state, page) == (PaymentState.PENDING, updates_of(standin)[0].hosted_invoice_url)
    hear(standin, now + SOON)
    assert Subscription.objects.get().price == monthly.price
    assert StripeSubscription.objects.get().action_invoice_ref == ""  # its payment has the question, not the renewal
    assert taken(standin) == 499
    standin.pay(page, ASKS_ALWAYS)
    hear(standin, now + SOON)
    payment.refresh_from_db()
    assert payment.state == PaymentState.SUCCEEDED
    assert Subscription.objects.get().price == year
    assert taken(standin) == 499 + 4_491


def test_what_nobody_pays_changes_nothing(monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime) -> None:
    let_bank(standin, "pm_card_chargeCustomerFail")
    placed = change(amina, year, now + SOON)
    payment = send(placed, now + SOON)
    assert payment.state == PaymentState.PENDING
    standin.advance(24 * HOUR)
    hear(standin, now)
    assert settle_payment(payment_id=payment.pk, now=now + timedelta(days=1)).state == PaymentState.FAILED
    row = Subscription.objects.get()
    assert (row.price, row.state) == (monthly.price, SubscriptionState.ACTIVE)
    assert get(standin, theirs(standin).id).pending_update is None
    assert taken(standin) == 499


def test_a_second_change_waits_for_the_first(monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime) -> None:
    let_bank(standin, "pm_card_chargeCustomerFail")
    placed = change(amina, year, now + SOON)
    send(placed, now + SOON)
    with pytest.raises(ChangeBarred):
        make_quote(user=amina, price=year, renews=True, country="FR", now=now + SOON)
    assert Stripe().start(pay_for(placed, now=now + SOON), now=now + SOON) == Refused("CHANGE_PENDING")
    assert len(updates_of(standin)) == 1


def test_once_changed_it_is_not_changed_again(monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime) -> None:
    placed = change(amina, year, now + SOON)
    send(placed, now + SOON)
    assert Stripe().start(pay_for(placed, now=now + SOON), now=now + SOON) == Refused("CHANGED_ALREADY")
    assert taken(standin) == 499 + 4_491


def test_at_another_sum_nothing_is_done(monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime) -> None:
    payment = pay_for(change(amina, year, now + SOON), now=now + SOON)
    payment.amount_minor -= 1
    assert Stripe().start(payment, now=now + SOON) == Refused("PRICE_DIFFERS", alert=True)
    assert updates_of(standin) == []


def test_a_change_of_nothing_known_is_refused(monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime) -> None:
    placed = change(amina, year, now + SOON)
    PlanOrder.objects.filter(pk=placed.pk).update(subscription=None)
    assert Stripe().start(pay_for(placed, now=now + SOON), now=now + SOON) == Refused("NO_SUBSCRIPTION", alert=True)


# ---- Whatever is lost -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "calls_before"),
    [
        *product(["reply_lost", "error_before"], range(4)),
        ("error_after", 0),
        ("error_after", 1),
    ],  # after a deed: of the four, two are deeds
)
def test_whichever_call_is_lost_it_is_taken_once(
    monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime, fault: str, calls_before: int
) -> None:
    """The subscription, the price, the preview, the change; an error after the deed counts POST alone, of which there are two."""
    placed = change(amina, year, now + SOON)
    standin.control("faults", **{fault: {"next": 1, "after": calls_before}})
    payment = send(placed, now + SOON)
    standin.control("faults")
    assert payment.state == PaymentState.SUBMITTED
    submit_again(payment=payment, now=now + SOON * 2)
    hear(standin, now + SOON * 2)
    payment.refresh_from_db()
    assert payment.state == PaymentState.SUCCEEDED
    assert [one.amount_paid for one in updates_of(standin)] == [4_491]
    assert taken(standin) == LedgerAccount.objects.get(code="clearing:STRIPE:EUR").posted == 499 + 4_491


def test_the_event_may_come_before_the_answer(monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime) -> None:
    placed = change(amina, year, now + SOON)
    standin.control("faults", reply_lost={"next": 1, "after": 3})
    payment = send(placed, now + SOON)
    standin.control("faults")
    hear(standin, now + SOON)
    assert PlanOrder.objects.filter(kind=OrderKind.RENEWAL).count() == 0
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.UNKNOWN)
    settled = settle_payment(payment_id=payment.pk, now=now + SOON)
    assert (settled.state, settled.provider_ref) == (PaymentState.SUCCEEDED, updates_of(standin)[0].id)


def test_the_invoice_of_another_payment_is_not_this_ones(
    monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime
) -> None:
    placed = change(amina, year, now + SOON)
    first = send(placed, now + SOON)
    second = pay_for(placed, now=now + SOON)
    found = Stripe().fetch(second, now=now + SOON)
    assert (found.state, found.provider_ref) == (PaymentState.UNKNOWN, "")
    assert first.provider_ref == updates_of(standin)[0].id


def test_what_never_arrived_is_over_after_a_day(monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime) -> None:
    payment = pay_for(change(amina, year, now + SOON), now=now + SOON)
    assert Stripe().fetch(payment, now=now + timedelta(hours=1)).state == PaymentState.UNKNOWN
    state = Stripe().fetch(payment, now=now + timedelta(hours=25))
    assert (state.state, state.failure_code) == (PaymentState.FAILED, "NEVER_ARRIVED")


def test_a_change_made_by_hand_at_stripe_is_booked_as_a_renewal(
    monthly: PlanOrder, amina: User, year: Price, standin: StandIn, now: datetime
) -> None:
    make_quote(user=amina, price=year, renews=True, country="FR", now=now + SOON)  # makes the price there
    price = standin.sdk.prices.list({"lookup_keys": [year.lookup_key]}).data[0].id
    items: Any = [{"id": item_of(theirs(standin)).id, "price": price}]
    standin.sdk.subscriptions.update(theirs(standin).id, {"items": items, "proration_behavior": "always_invoice"})
    hear(standin, now + SOON)
    assert PlanOrder.objects.get(kind=OrderKind.RENEWAL).amount_minor == updates_of(standin)[0].amount_paid
    assert LedgerAccount.objects.get(code="clearing:STRIPE:EUR").posted == taken(standin)


# ---- What is not to be changed ----------------------------------------------------------------------------------------------------------
def test_what_is_not_to_be_changed(monthly: PlanOrder, amina: User, month: Price, year: Price, standin: StandIn, now: datetime) -> None:
    def quote(price: Price) -> Any:
        return make_quote(user=amina, price=price, renews=True, country="FR", now=now + SOON)

    with pytest.raises(RenewsAlready):
        quote(month)
    with pytest.raises(OtherCurrency):
        quote(find_plan_price(120_000, interval=Interval.YEAR, currency="MGA", now=now))
    Subscription.objects.update(state=SubscriptionState.PAST_DUE)
    with pytest.raises(ChangeBarred):
        quote(year)
    Subscription.objects.update(state=SubscriptionState.ACTIVE, cancel_at_period_end=True)
    with pytest.raises(ChangeBarred):
        quote(year)
    Subscription.objects.update(cancel_at_period_end=False)
    standin.sdk.subscriptions.update(theirs(standin).id, {"cancel_at_period_end": True})  # which we have not heard yet
    with pytest.raises(ChangeBarred):
        quote(year)


def test_a_year_cheaper_than_the_rest_of_the_month_is_no_change(monthly: PlanOrder, amina: User, standin: StandIn, now: datetime) -> None:
    cheap = find_plan_price(100, interval=Interval.YEAR, now=now)
    with pytest.raises(ChangeBarred):
        make_quote(user=amina, price=cheap, renews=True, country="FR", now=now + SOON)


def test_while_stripe_is_silent_nothing_is_shown_or_ordered(
    monthly: PlanOrder, yearly_price_at_stripe: None, amina: User, year: Price, standin: StandIn
) -> None:
    browser = Client()
    browser.force_login(amina)
    standin.control("faults", error_before=1.0)
    seen = browser.get("/money/subscription/change/?lang=fr")
    assert (seen.status_code, "ne répond pas en ce moment" in seen.content.decode()) == (503, True)
    seen = browser.get(f"/money/order/{year.public_id}/?renews=1&lang=fr")
    assert (seen.status_code, "Rien n’est commandé" in seen.content.decode()) == (409, True)
    assert PlanOrder.objects.count() == 1


@pytest.fixture
def yearly_price_at_stripe(monthly: PlanOrder, amina: User, year: Price, now: datetime) -> None:
    """So that only the asking itself can fail."""
    make_quote(user=amina, price=year, renews=True, country="FR", now=now + SOON)


def test_carol_changes_nothing_of_aminas(monthly: PlanOrder, year: Price, now: datetime) -> None:
    carol = make_user("Carol")
    assert list_changes(user=carol, country="FR", now=now + SOON) == []
    for deed in (lambda: plan_change(user=carol, price_id=year.public_id, now=now), lambda: drop_change(user=carol, now=now)):
        with pytest.raises(NoChange):
            deed()
