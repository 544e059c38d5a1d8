"""What follows from Stripe's events: subscriptions, renewals once an invoice, questions of banks, disputes; three times and shuffled."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import DisputeStatus, EventState, OrderKind, PaymentState, Provider, SubscriptionState
from billing.models import Dispute, LedgerAccount, LedgerEntry, Payment, PlanOrder, ProviderEvent, StripeSubscription, Subscription
from billing.providers.base import Hint
from billing.services import reach
from billing.services.payments import settle_payment
from billing.services.stripe_sync import STATES, follow_event, sync_subscription
from billing.tests.stripe.house import find_plan_price, make_order, make_payment, pay
from billing.tests.stripe.living import buy, follow_all, hear, knock, renew, send
from billing.tests.stripe.making import item_of
from billing.tests.stripe.standin import DAY, DISPUTED, HOUR, OK, SUSPECTED, StandIn
from notifications.queries import list_notices

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]


@pytest.fixture
def order(amina: User, now: datetime) -> PlanOrder:
    return make_order(amina, find_plan_price(now=now), now=now)


def fingerprint() -> str:
    """What the house believes, whatever came in which order."""
    rows: list[Any] = [
        sorted(Payment.objects.values_list("state", "amount_minor", "provider_ref", "settle_ref", "purpose")),
        sorted(LedgerAccount.objects.values_list("code", "posted")),
        sorted(StripeSubscription.objects.values_list("subscription_ref", "status", "price_key", "cancel_at_period_end")),
        sorted(PlanOrder.objects.values_list("kind", "state", "amount_minor", "vat_minor")),
        sorted(Dispute.objects.values_list("provider_ref", "status", "funds_withdrawn")),
        LedgerEntry.objects.count(),
    ]
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


# ---- A subscription ------------------------------------------------------------------------------------------------------------------
def test_a_subscription_is_bought_and_known(order: PlanOrder, amina: User, standin: StandIn, now: datetime) -> None:
    payment = buy(order, standin, now)
    assert (payment.state, payment.money) == (PaymentState.SUCCEEDED, order.money)
    row = StripeSubscription.objects.get()
    theirs = standin.sdk.subscriptions.list().data[0]
    assert (row.user, row.subscription_ref, row.customer_ref) == (amina, theirs.id, theirs.customer)
    assert (row.item_ref, row.price_key, row.status) == (item_of(theirs).id, order.price.lookup_key, "active")
    assert int(row.period_end.timestamp()) == item_of(theirs).current_period_end
    ours = Subscription.objects.get(user=amina)
    assert (ours.provider, ours.provider_ref, ours.state) == (Provider.STRIPE, theirs.id, SubscriptionState.ACTIVE)
    assert set(ProviderEvent.objects.values_list("state", flat=True)) <= {EventState.PROCESSED, EventState.IGNORED}


def test_a_renewal_is_a_payment_once(order: PlanOrder, amina: User, standin: StandIn, now: datetime) -> None:
    first = buy(order, standin, now)
    renew(standin, now)
    invoice = standin.sdk.invoices.list({"limit": 1}).data[0]
    renewed = Payment.objects.exclude(pk=first.pk).get()
    assert (renewed.state, renewed.payer, renewed.provider_ref) == (PaymentState.SUCCEEDED, amina, invoice.id)
    assert renewed.money == order.money
    made = PlanOrder.objects.exclude(pk=order.pk).get()
    assert (made.kind, made.renews, made.subject_key, made.text_version) == (
        OrderKind.RENEWAL,
        True,
        renewed.subject_key,
        order.text_version,
    )
    assert (made.net_minor + made.vat_minor, made.discount_minor) == (499, 0)
    hint = Hint("evt_again", "invoice.paid", subject=invoice.id)
    for _time in range(3):
        assert follow_event(hint, now) is True
    assert Payment.objects.count() == 2
    assert LedgerAccount.objects.get(code="clearing:STRIPE:EUR").posted == 2 * 499


def test_three_renewals_and_the_sum_is_theirs(order: PlanOrder, standin: StandIn, now: datetime) -> None:
    buy(order, standin, now)
    for _month in range(3):
        renew(standin, now)
    assert Payment.objects.filter(state=PaymentState.SUCCEEDED).count() == 4
    theirs = sum(one.amount for one in standin.sdk.charges.list({"limit": 100}).data if one.paid)
    assert LedgerAccount.objects.get(code="clearing:STRIPE:EUR").posted == theirs == 4 * 499


def test_nobody_pays_and_it_ends(order: PlanOrder, amina: User, standin: StandIn, now: datetime) -> None:
    buy(order, standin, now)
    made = standin.sdk.subscriptions.list().data[0]
    standin.sdk.subscriptions.update(made.id, {"default_payment_method": "pm_card_chargeCustomerFail"})
    renew(standin, now)
    assert StripeSubscription.objects.get().status == "past_due"
    assert Subscription.objects.get(user=amina).state == SubscriptionState.PAST_DUE
    standin.advance(8 * DAY)
    hear(standin, now)
    assert StripeSubscription.objects.get().status == "canceled"
    assert Subscription.objects.get(user=amina).state == SubscriptionState.ENDED
    assert Payment.objects.count() == 1


def test_an_answer_asked_for_earlier_changes_nothing(order: PlanOrder, standin: StandIn, now: datetime) -> None:
    buy(order, standin, now)
    row = StripeSubscription.objects.get()
    StripeSubscription.objects.update(status="past_due", asked_at=now + (timezone.now() - now) * 2 + (row.period_end - now))
    sync_subscription(ref=row.subscription_ref, now=now)
    assert StripeSubscription.objects.get().status == "past_due"


def test_a_subscription_that_we_never_sold(standin: StandIn, now: datetime) -> None:
    price = standin.sdk.prices.create(
        {"currency": "eur", "unit_amount": 5, "recurring": {"interval": "month"}, "product_data": {"name": "Other"}}
    )
    customer = standin.sdk.customers.create({"invoice_settings": {}, "payment_method": "pm_card_visa"})
    standin.sdk.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    hear(standin, now)
    assert StripeSubscription.objects.count() == Payment.objects.count() == Subscription.objects.count() == 0
    assert set(ProviderEvent.objects.values_list("state", flat=True)) == {EventState.IGNORED}


@pytest.mark.parametrize(
    "kind", ["customer.subscription.updated", "invoice.paid", "charge.dispute.created", "radar.early_fraud_warning.created"]
)
def test_events_about_nothing(kind: str, now: datetime) -> None:
    assert follow_event(Hint("evt_1", kind, subject="sub_unknown"), now) is False
    assert follow_event(Hint("evt_1", kind), now) is False
    assert follow_event(Hint("evt_1", "invoice.upcoming", subject="upcoming_in_1"), now) is False
    assert follow_event(Hint("evt_1", "payout.paid", subject="po_1"), now) is False


def test_while_stripe_does_not_answer_the_event_waits(order: PlanOrder, standin: StandIn, now: datetime) -> None:
    buy(order, standin, now)
    ref = StripeSubscription.objects.get().subscription_ref
    standin.control("faults", error_before={"next": 1})
    with pytest.raises(reach.NotReached):
        follow_event(Hint("evt_1", "customer.subscription.updated", subject=ref), now)
    assert follow_event(Hint("evt_1", "customer.subscription.updated", subject=ref), now) is True


def test_every_word_of_stripe_stands_for_something() -> None:
    document = json.loads((Path(__file__).parents[1] / "data" / "stripe" / "openapi.json").read_text("utf-8"))
    assert set(STATES) == set(document["components"]["schemas"]["subscription"]["properties"]["status"]["enum"])


# ---- The bank asks -------------------------------------------------------------------------------------------------------------------
def let_bank_ask(order: PlanOrder, standin: StandIn, now: datetime) -> None:
    buy(order, standin, now)
    made = standin.sdk.subscriptions.list().data[0]
    standin.sdk.subscriptions.update(made.id, {"default_payment_method": "pm_card_authenticationRequired"})
    renew(standin, now)


def test_the_payer_is_told_once_that_their_bank_asks(order: PlanOrder, amina: User, standin: StandIn, now: datetime) -> None:
    let_bank_ask(order, standin, now)
    row = StripeSubscription.objects.get()
    assert (row.status, row.action_invoice_ref) == ("past_due", row.latest_invoice_ref)
    assert [line.kind for line in list_notices(user=amina).lines].count("BANK_ASKS") == 1
    browser = Client()
    browser.force_login(amina)
    page = browser.get("/money/renewal/").content.decode()
    assert "/money/renewal/confirm/" in page
    left = browser.post("/money/renewal/confirm/")
    invoice = standin.sdk.invoices.retrieve(row.action_invoice_ref, {"expand": ["payments"]})
    assert left["Refresh"] == f"0;url={invoice.hosted_invoice_url}"
    assert invoice.payments is not None
    standin.press(f"/3ds/{invoice.payments.data[0].payment.payment_intent}", "complete")
    hear(standin, now)
    row.refresh_from_db()
    assert (row.status, row.action_invoice_ref) == ("active", "")
    assert Payment.objects.filter(state=PaymentState.SUCCEEDED).count() == 2
    assert "/money/renewal/confirm/" not in browser.get("/money/renewal/").content.decode()
    assert browser.post("/money/renewal/confirm/").headers["Location"] == "/money/renewal/"


def test_another_card(order: PlanOrder, amina: User, standin: StandIn, now: datetime) -> None:
    buy(order, standin, now)
    browser = Client()
    browser.force_login(amina)
    left = browser.post("/money/renewal/card/")
    assert left.status_code == 200
    link = left["Refresh"].removeprefix("0;url=")
    assert f'href="{link}"' in left.content.decode()
    assert standin.press(link, "card", card=OK).place.endswith("/money/renewal/")
    standin.control("faults", error_before=1.0)
    assert browser.post("/money/renewal/card/").headers["Location"] == "/money/renewal/"


def test_carol_sees_and_opens_nothing(order: PlanOrder, standin: StandIn, now: datetime) -> None:
    let_bank_ask(order, standin, now)
    carol = Client()
    carol.force_login(make_user("Carol"))
    assert "<form" not in carol.get("/money/renewal/").content.decode().split("<h1")[1]
    for path in ("card", "confirm"):
        assert carol.post(f"/money/renewal/{path}/").headers["Location"] == "/money/renewal/"
    assert standin.look("state").get("billing_portal.session") is None
    assert Client().get("/money/renewal/").status_code == 302
    assert carol.get("/money/renewal/card/").status_code == 405


# ---- Disputes and warnings -----------------------------------------------------------------------------------------------------------
def buy_disputed(order: PlanOrder, standin: StandIn, now: datetime) -> str:
    buy(order, standin, now, card=DISPUTED)
    return standin.sdk.disputes.list().data[0].id


@pytest.mark.parametrize(("won", "status", "clearing", "expense"), [(True, DisputeStatus.WON, 499, 0), (False, DisputeStatus.LOST, 0, 499)])
def test_a_dispute(order: PlanOrder, standin: StandIn, now: datetime, won: bool, status: str, clearing: int, expense: int) -> None:
    ref = buy_disputed(order, standin, now)
    found = Dispute.objects.get()
    assert (found.provider_ref, found.status, found.funds_withdrawn, found.amount_minor) == (ref, DisputeStatus.OPEN, True, 499)
    assert found.evidence_due_at is not None
    standin.control("disputes/close", dispute=ref, won=won)
    hear(standin, now)
    found.refresh_from_db()
    assert found.status == status
    balances = dict(LedgerAccount.objects.values_list("code", "posted"))
    assert balances["clearing:STRIPE:EUR"] == clearing
    assert balances.get("expense:dispute:EUR", 0) == expense
    assert balances["dispute:STRIPE:EUR"] == 0


def test_a_dispute_over_what_we_never_settled(standin: StandIn, amina: User, now: datetime) -> None:
    pay(make_payment(amina, now=now, settle_ref=None), standin, now=now, card=DISPUTED)
    Payment.objects.update(settle_ref=None)
    ref = standin.sdk.disputes.list().data[0].id
    assert follow_event(Hint("evt_1", "charge.dispute.created", subject=ref), now) is False
    assert Dispute.objects.count() == 0


def test_a_warning_wakes_the_team(order: PlanOrder, standin: StandIn, now: datetime) -> None:
    from django.contrib.auth.models import Group

    mod = make_user("Miora")
    mod.is_staff = True
    mod.save()
    mod.groups.add(Group.objects.get_or_create(name="billing")[0])
    payment = buy(order, standin, now, card=SUSPECTED)
    told = [line.words.text for line in list_notices(user=mod).lines]
    assert len([text for text in told if payment.our_reference in text and "fraude" in text]) == 1


# ---- Three times and shuffled ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(5))
def test_three_times_and_shuffled_ends_the_same(order: PlanOrder, standin: StandIn, now: datetime, seed: int) -> None:
    payment = send(order, now)
    page = standin.sdk.checkout.sessions.list({"limit": 1}).data[0]
    assert page.url is not None
    standin.pay(page.url, OK)
    standin.control("clock", to=item_of(standin.sdk.subscriptions.list().data[0]).current_period_end + 2 * HOUR)
    letters = standin.letters() * 3
    random.Random(seed).shuffle(letters)
    assert set(knock(letters)) == {200}
    follow_all(now)
    settle_payment(payment_id=payment.pk, now=now)
    shuffled = fingerprint()
    for pk in ProviderEvent.objects.values_list("pk", flat=True):  # and once more, in the order in which they came
        ProviderEvent.objects.filter(pk=pk).update(state=EventState.RECEIVED)
    follow_all(now)
    assert fingerprint() == shuffled
    assert LedgerAccount.objects.get(code="clearing:STRIPE:EUR").posted == 2 * 499
    assert Payment.objects.filter(state=PaymentState.SUCCEEDED).count() == 2


@pytest.mark.parametrize("mode", ["wrong_version", "bad_signature"])
def test_told_wrongly_nothing_happens(order: PlanOrder, standin: StandIn, now: datetime, mode: str) -> None:
    standin.control("webhooks", hold=True, **{mode: True})
    payment = send(order, now)
    page = standin.sdk.checkout.sessions.list({"limit": 1}).data[0]
    assert page.url is not None
    standin.pay(page.url, OK)
    answers = set(knock(standin.letters()))
    follow_all(now)
    assert answers == ({200} if mode == "wrong_version" else {400})
    kept = set(ProviderEvent.objects.values_list("state", flat=True))
    assert kept == ({EventState.WRONG_VERSION} if mode == "wrong_version" else set())
    payment.refresh_from_db()
    assert payment.state == PaymentState.PENDING
    assert settle_payment(payment_id=payment.pk, now=now).state == PaymentState.SUCCEEDED  # the janitor asks anyway
