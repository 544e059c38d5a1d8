"""The pages of Premium: prices with their tax beside equal choices, one's own subscription, and changes with their cost shown before."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from billing.enums import Interval
from billing.models import BillingDetails, Plan, Price, Subscription
from billing.queries.plans import choose_currency, country_of
from billing.queries.subscriptions import find_subscription
from billing.services.changes import NoChange, list_changes, plan_change
from billing.services.subscriptions import sync_provider_subscription
from billing.tests.plans.selling import DAY, NOON, order, price_of, subscribe
from billing.views.wording import say, size
from core.money import Money

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
DARK = (
    "plus que",
    "dernière chance",
    "seulement aujourd",
    "vite",
    "ne ratez pas",
    "offre limitée",
    "countdown",
    "compte à rebours",
    "dommage",
)


# ---- Premium ------------------------------------------------------------------------------------------------------------------
def test_prices_stand_with_their_tax_and_period_beside_the_button(client: Client, shop: None) -> None:
    page = client.get("/money/premium/?lang=fr&currency=EUR").content.decode()
    for words in (
        "4,99",
        "49,90",
        "dont 0,83",
        "dont 8,32",
        "Payé d’avance pour un mois",
        "Choisir un mois",
        "Choisir un an",
        "Rester gratuit",
    ):
        assert words in page, words
    for words in ("250 Mo", "10 Go", "sans limite (plafond technique", "en 24 h au plus", "aucune"):
        assert words in page.replace("\xa0", " "), words


def test_both_choices_are_drawn_alike_and_nobody_is_hurried(client: Client, shop: None) -> None:
    main = client.get("/money/premium/?lang=fr").content.decode().split("<main")[1].split("</main")[0]
    buttons = re.findall(r'<a class="(button[^"]*)"', main)
    assert len(buttons) == 3
    assert set(buttons) == {"button wide"}
    assert [words for words in DARK if words in main.lower()] == []


@pytest.mark.parametrize(("language", "words"), [("fr", "12\u202f000\u00a0Ar"), ("en", "Ar\u00a012,000"), ("mg", "12\u202f000\u00a0Ar")])
def test_the_ariary_is_shown_as_its_readers_write_it(client: Client, shop: None, language: str, words: str) -> None:
    assert words in client.get(f"/money/premium/?lang={language}&currency=mga").content.decode()


def test_everybody_sees_the_currency_of_where_they_pay_from(amina: User, shop: None) -> None:
    assert (choose_currency(user=None, wanted=""), choose_currency(user=None, wanted="MGA")) == ("EUR", "MGA")
    assert choose_currency(user=amina, wanted="XAU") == "EUR"
    BillingDetails.objects.create(user=amina, country="MG", details=b"x", updated_at=NOON)
    assert (country_of(user=amina), choose_currency(user=amina, wanted="")) == ("MG", "MGA")
    Price.objects.filter(currency="MGA").update(active=False)
    assert choose_currency(user=amina, wanted="") == "EUR"


def test_with_nothing_on_offer_the_page_says_so(client: Client, shop: None) -> None:
    Plan.objects.update(active=False)
    page = client.get("/money/premium/?lang=fr").content.decode()
    assert "Rien n’est à vendre aujourd’hui" in page
    assert "/money/order/" not in page


def test_a_price_off_offer_cannot_be_ordered(amina: User, as_: LogIn) -> None:
    Price.objects.update(active=False)
    assert as_(amina).get(f"/money/order/{Price.objects.first().public_id}/").status_code == 404  # type: ignore[union-attr]


def test_it_is_asked_for_in_few_statements_however_many_prices(client: Client, shop: None) -> None:
    client.get("/money/premium/")
    with CaptureQueriesContext(connection) as seen:
        client.get("/money/premium/?currency=EUR")
    assert len(seen) <= 8


def test_sizes_are_the_round_figures_that_were_promised() -> None:
    assert (size(250_000_000).split()[0], size(10_000_000_000).split()[0]) == ("250", "10")
    assert say("GROUPS_OWNED", 3) != say("GROUPS_OWNED", 200)  # type: ignore[arg-type]


# ---- My subscription ------------------------------------------------------------------------------------------------------------
def test_without_one_the_page_is_calm(amina: User, as_: LogIn) -> None:
    page = as_(amina).get("/money/subscription/").content.decode()
    assert "Formule gratuite" in page
    assert "Résilier</a>" not in page


def test_it_says_until_when_and_what_to_do(amina: User, as_: LogIn) -> None:
    now = timezone.now()
    made = subscribe(amina, now=now)
    page = as_(amina).get("/money/subscription/").content.decode()
    for words in (made.reference, "Prolonger", "Changer de durée", "Résilier", "Renoncer au contrat ici", "Mes commandes"):
        assert words in page, words


def test_after_fourteen_days_the_withdrawal_is_no_longer_offered_there(amina: User, as_: LogIn) -> None:
    subscribe(amina, now=timezone.now() - 25 * DAY)
    main = as_(amina).get("/money/subscription/").content.decode().split("<main")[1].split("</main")[0]
    assert "Renoncer au contrat ici" not in main


def test_an_order_that_waits_is_shown_to_be_paid(amina: User, as_: LogIn) -> None:
    made = order(amina, now=timezone.now())
    assert f"/money/orders/{made.public_id}/" in as_(amina).get("/money/subscription/").content.decode()


@pytest.mark.parametrize("path", ["/money/subscription/", "/money/coupon/", "/money/subscription/change/"])
def test_a_guest_goes_to_log_in_and_comes_back(client: Client, shop: None, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}")


# ---- Changing -------------------------------------------------------------------------------------------------------------------
def test_what_a_change_costs_is_shown_before(amina: User, as_: LogIn) -> None:
    now = timezone.now()
    subscribe(amina, now=now - timedelta(seconds=5))
    page = as_(amina).get("/money/subscription/change/").content.decode()
    for words in ("49,90", "− 4,99", "44,91", f"/money/order/{price_of(Interval.YEAR).public_id}/"):
        assert words in page, words


def test_a_shorter_interval_is_noted_for_the_end_and_costs_nothing(amina: User, as_: LogIn) -> None:
    made = subscribe(amina, Interval.YEAR, now=timezone.now())
    browser = as_(amina)
    assert "Rien à payer aujourd’hui" in browser.get("/money/subscription/change/").content.decode()
    answer = browser.post("/money/subscription/change/", {"price": price_of().public_id}, follow=True)
    assert "C’est noté" in answer.content.decode()
    row = find_subscription(user=amina)
    assert row is not None
    assert (row.next_price, row.price.interval, row.period_end) == (price_of(), "YEAR", made.period_end)
    assert "C’est votre choix actuel" in browser.get("/money/subscription/change/").content.decode()


def test_paying_on_forgets_the_other_choice(amina: User) -> None:
    subscribe(amina, Interval.YEAR)
    plan_change(user=amina, price_id=price_of().public_id, now=NOON)
    subscribe(amina, Interval.YEAR, now=NOON + DAY)
    assert Subscription.objects.get().next_price is None


@pytest.mark.parametrize("price", ["", "x" * 20, "year"])
def test_a_change_that_is_none_is_refused(amina: User, as_: LogIn, price: str) -> None:
    subscribe(amina, now=timezone.now())
    wanted = price_of(Interval.YEAR).public_id if price == "year" else price
    answer = as_(amina).post("/money/subscription/change/", {"price": wanted}, follow=True)
    assert "n’est plus possible" in answer.content.decode()
    assert Subscription.objects.get().next_price is None


def test_nobody_changes_what_they_do_not_have_or_what_a_provider_renews(amina: User, carol: User) -> None:
    assert list_changes(user=carol, country="FR", now=NOON) == []
    with pytest.raises(NoChange):
        plan_change(user=carol, price_id=price_of().public_id, now=NOON)
    sync_provider_subscription(
        user_id=amina.pk,
        price_id=price_of(Interval.YEAR).pk,
        provider="STRIPE",
        provider_ref="sub_1",
        state="active",
        period_end=NOON + 300 * DAY,
        cancel_at_period_end=False,
        now=NOON,
    )
    assert list_changes(user=amina, country="FR", now=NOON) == []
    with pytest.raises(NoChange):
        plan_change(user=amina, price_id=price_of().public_id, now=NOON)


def test_the_change_of_a_month_in_ariary_stays_in_ariary(amina: User) -> None:
    subscribe(amina, now=NOON)
    Subscription.objects.update(price=price_of(currency="MGA"))
    assert {change.price.currency for change in list_changes(user=amina, country="MG", now=NOON)} <= {"MGA"}
    assert Money(12_000, "MGA") == price_of(currency="MGA").money
