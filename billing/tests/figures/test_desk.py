"""The figures of the desk: people in groups, providers, and money by currency; the chart and its table say the same."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import Interval, PaymentState, PlanCode, Provider, SubscriptionState
from billing.ledger import post
from billing.models import Plan, Price, ProviderEvent, RevenueDay, Subscription
from billing.queries.figures.people import list_months, list_plan_counts
from billing.queries.figures.providers import list_health, list_held
from billing.services.revenue.rebuilding import rebuild_recent
from billing.tests.reconciliation.books import make_payment
from billing.tests.team import browser_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.fixture
def price() -> Price:
    plan, _new = Plan.objects.get_or_create(code=PlanCode.PREMIUM)
    fixed = {"plan": plan, "currency": "EUR", "interval": Interval.MONTH, "amount_minor": 499, "created_at": NOW}
    return Price.objects.create(lookup_key="figures-test", **fixed)


def subscribe(user: User, price: Price, *, at: datetime, state: str = SubscriptionState.ACTIVE, ended: datetime | None = None) -> None:
    Subscription.objects.create(
        user=user, price=price, state=state, period_start=at, period_end=at + timedelta(days=30), created_at=at, ended_at=ended
    )


def test_conversion_is_of_those_who_registered_in_the_month(price: Price) -> None:
    october, november = datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC)
    old, new, free = make_user("Old", now=october), make_user("New", now=november), make_user("Free", now=november)
    subscribe(old, price, at=november)
    subscribe(new, price, at=november)
    subscribe(free, price, at=november, state=SubscriptionState.INCOMPLETE)
    months = list_months(now=NOW)
    assert [one.first.month for one in months] == [6, 7, 8, 9, 10, 11]
    assert [(one.joined, one.converted, one.converted_percent) for one in months[-2:]] == [(1, 1, 100.0), (2, 1, 50.0)]


def test_churn_is_of_those_who_were_subscribed_when_the_month_began(price: Price) -> None:
    september = datetime(2026, 9, 10, tzinfo=UTC)
    people = [make_user(name, now=september) for name in ("Kala", "Lova", "Mira", "Nivo")]
    subscribe(people[0], price, at=september, state=SubscriptionState.ENDED, ended=datetime(2026, 11, 3, tzinfo=UTC))
    subscribe(people[1], price, at=september)
    subscribe(people[2], price, at=september, state=SubscriptionState.ENDED, ended=datetime(2026, 10, 3, tzinfo=UTC))
    subscribe(
        people[3], price, at=datetime(2026, 11, 4, tzinfo=UTC), state=SubscriptionState.ENDED, ended=datetime(2026, 11, 20, tzinfo=UTC)
    )
    months = {one.first.month: (one.subscribed, one.left, one.churn_percent) for one in list_months(now=NOW)}
    assert (months[9], months[10], months[11]) == ((0, 0, 0.0), (3, 1, 33.3), (2, 1, 50.0))


def test_plans_by_state(price: Price) -> None:
    subscribe(make_user("Kala"), price, at=NOW)
    subscribe(make_user("Lova"), price, at=NOW, state=SubscriptionState.PAST_DUE)
    subscribe(make_user("Mira"), price, at=NOW, state=SubscriptionState.ENDED, ended=NOW)
    assert [(one.plan, one.currency, one.count) for one in list_plan_counts()] == [("Premium", "EUR", 1), ("Premium", "EUR", 1)]


def test_health_counts_a_day_and_what_is_unknown_whatever_its_age(django_assert_num_queries: Any) -> None:
    amina = make_user("Amina")
    hour = NOW - timedelta(hours=1)
    make_payment(amina, state=PaymentState.SUCCEEDED, at=hour)
    make_payment(amina, state=PaymentState.FAILED, at=hour)
    make_payment(amina, at=NOW - timedelta(days=9))
    make_payment(amina, state=PaymentState.FAILED, at=NOW - timedelta(days=2), provider=Provider.AIRTEL)
    ProviderEvent.objects.create(provider="MVOLA", event_id="e1", raw_sha256="", received_at=hour)
    with django_assert_num_queries(3):
        (mvola,) = list_health(now=NOW)
    assert (mvola.begun, mvola.paid, mvola.failed, mvola.unknown) == (2, 1, 1, 1)
    assert (mvola.oldest_unknown, mvola.seconds_to_settle, mvola.last_event) == (NOW - timedelta(days=9), 60.0, hour)


def test_since_when_a_provider_has_never_held_nothing() -> None:
    first, second = NOW - timedelta(days=9), NOW - timedelta(days=2)
    move = [("clearing:MVOLA:MGA", -500), ("wallet:7:MGA", 500)]
    post(key="a", kind="PAYMENT", lines=move, now=first)
    post(key="b", kind="PAYOUT", lines=[("bank:main:MGA", -500), ("clearing:MVOLA:MGA", 500)], now=first + timedelta(days=1))
    assert list_held() == []
    post(key="c", kind="PAYMENT", lines=move, now=second)
    post(key="d", kind="PAYMENT", lines=move, now=NOW)
    (held,) = list_held()
    assert (held.code, held.money.amount_minor, held.since) == ("clearing:MVOLA:MGA", 1000, second)


def test_the_page_draws_and_tells_the_same(naly: User, price: Price) -> None:
    subscribe(make_user("Kala"), price, at=NOW)
    lines = [("clearing:STRIPE:EUR", -499), ("revenue:subscription:EUR", 416), ("vat:FR:EUR", 83)]
    post(key="s", kind="PAYMENT", lines=lines, now=timezone.now())
    rebuild_recent(now=timezone.now())
    page = browser_of(naly).get("/admin/billing/figures/").content.decode()
    text = page.replace("\u202f", " ").replace("\u00a0", " ")
    for words in ("4,99 €", "0,83 €", "4,16 €", "clearing:STRIPE:EUR", "Premium"):
        assert words in text
    assert page.count("<svg") >= 3
    assert "style=" not in page.split('id="content-main"')[1]


def test_an_empty_house_says_so(naly: User) -> None:
    page = browser_of(naly).get("/admin/billing/figures/?days=365").content.decode()
    for words in ("Rien n’a été reçu dans ce temps.", "Personne n’est abonné.", "Aucun paiement en vingt-quatre heures"):
        assert words in page
    assert browser_of(naly).get("/admin/billing/figures/?days=999999999").status_code == 200


def test_the_file_has_a_line_a_day_source_and_currency(naly: User) -> None:
    today = timezone.now().date()
    fixed = {"date": today, "source": "SUBSCRIPTION", "gross_minor": 499, "refunds_minor": 99, "vat_minor": 66, "fees_minor": 30}
    RevenueDay.objects.create(currency="EUR", **fixed)
    RevenueDay.objects.create(currency="MGA", **fixed)
    RevenueDay.objects.create(currency="EUR", **{**fixed, "date": today - timedelta(days=31)})
    answer = browser_of(naly).get("/admin/billing/figures/revenue.csv?days=30")
    assert answer["Content-Disposition"] == f'attachment; filename="revenue-{today}.csv"'
    rows = list(csv.reader(StringIO(answer.content.decode())))
    assert rows == [
        ["date", "source", "currency", "gross", "refunds", "vat", "fees", "partners", "net"],
        [str(today), "SUBSCRIPTION", "EUR", "4.99", "0.99", "0.66", "0.30", "0.00", "3.04"],
        [str(today), "SUBSCRIPTION", "MGA", "499", "99", "66", "30", "0", "304"],
    ]
