"""Ordering: what is ordered is what was shown, frozen; once a form; by adults; and nothing before the button."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from accounts.models import LegalDocument, User
from accounts.tests.factories import make_user
from billing.enums import Interval, OrderKind, OrderState, PaymentState, Purpose, VatTreatment
from billing.models import BillingDetails, Payment, PlanOrder, Price
from billing.queries.orders import ORDER_LIFE, find_payable_order, find_vat_of, list_orders
from billing.queries.payable import NotPayable
from billing.services.orders import (
    READING,
    ChangeIsImmediate,
    NotAdult,
    OrderedOtherwise,
    QuoteChanged,
    TermsNotPublished,
    Wish,
    drop_unpaid,
    expire_orders,
    order_plan,
)
from billing.services.plans import load_plans
from billing.services.quotes import CannotRenew, OtherCurrency, PaidFarAhead, RenewsAlready, ShorterLater, make_quote
from billing.tests.plans.selling import DAY, NOON, order, paid_payment, pay, price_of, subscribe
from core.money import Money

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
CLIENT_KEY = uuid.UUID("0193a1de-0000-7000-8000-000000000001")


# ---- What an order holds ------------------------------------------------------------------------------------------------------
def test_an_order_freezes_price_tax_text_and_request(amina: User) -> None:
    made = order(amina)
    text = LegalDocument.objects.filter(doc_type="SALES", language="fr").latest("version")
    assert (made.kind, made.state, made.renews) == (OrderKind.NEW, OrderState.ORDERED, False)
    assert (made.base_minor, made.credit_minor, made.discount_minor, made.amount_minor, made.currency) == (499, 0, 0, 499, "EUR")
    assert (made.net_minor, made.vat_minor, made.vat_rate_bp, made.vat_country) == (416, 83, 2000, "FR")
    assert (made.text_version, made.text_sha256, made.language) == (text.version, text.text_sha256, "fr")
    assert (made.immediate_at, made.ordered_at, made.period_start, made.paid_at) == (NOON, NOON, None, None)
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{10}", made.reference)
    assert Payment.objects.count() == 0


def test_without_the_express_request_none_is_kept(amina: User) -> None:
    assert order(amina, immediate=False).immediate_at is None


def test_the_ariary_has_a_price_of_its_own_and_no_cents(amina: User) -> None:
    made = order(amina, price_of(currency="MGA"), country="MG")
    assert (made.amount_minor, made.currency) == (12_000, "MGA")
    assert made.net_minor + made.vat_minor == 12_000


def test_the_payment_finds_its_vat_as_it_was_frozen(amina: User) -> None:
    made = order(amina)
    PlanOrder.objects.update(vat_rate_bp=550, net_minor=473, vat_minor=26)  # the rate of that day
    found = find_vat_of(subject_key=made.subject_key)
    assert found is not None
    assert (found.net, found.vat, found.rate_bp, found.country) == (Money(473, "EUR"), Money(26, "EUR"), 550, "FR")
    assert found.treatment in VatTreatment.values
    assert find_vat_of(subject_key="wallet:1") is None
    assert find_vat_of(subject_key=f"plan_order:{'a' * 20}") is None


def test_its_buyer_may_pay_it_within_a_day_and_nobody_else(amina: User, carol: User) -> None:
    made = order(amina)
    what = find_payable_order(amina, made.public_id, NOON)
    assert (what.purpose, what.subject_key, what.money) == (Purpose.SUBSCRIPTION, f"plan_order:{made.public_id}", Money(499, "EUR"))
    assert (what.back, what.done, what.only) == (f"/money/orders/{made.public_id}/", "/money/subscription/", ())
    for user, now in ((carol, NOON), (amina, NOON + ORDER_LIFE)):
        with pytest.raises(NotPayable):
            find_payable_order(user, made.public_id, now)
    pay(made)
    with pytest.raises(NotPayable):
        find_payable_order(amina, made.public_id, NOON)


# ---- The same form, and another -------------------------------------------------------------------------------------------------
def test_a_form_sent_twice_is_one_order(amina: User) -> None:
    first, second = (order(amina, key=CLIENT_KEY) for _twice in range(2))
    assert first.pk == second.pk
    assert PlanOrder.objects.count() == 1


@pytest.mark.parametrize("other", [{"immediate": False}, {"price": Interval.YEAR}])
def test_a_form_that_served_for_something_else_is_refused(amina: User, other: dict[str, Any]) -> None:
    order(amina, key=CLIENT_KEY)
    price = price_of(other.pop("price")) if "price" in other else price_of()
    with pytest.raises(OrderedOtherwise):
        order(amina, price, key=CLIENT_KEY, **other)
    assert PlanOrder.objects.count() == 1


def test_two_people_may_have_the_same_key(amina: User, ben: User) -> None:
    assert order(amina, key=CLIENT_KEY).pk != order(ben, key=CLIENT_KEY).pk


def test_a_new_order_makes_room_unless_the_one_before_is_being_paid(amina: User) -> None:
    first = order(amina)
    second = order(amina, price_of(Interval.YEAR))
    first.refresh_from_db()
    assert (first.state, second.state) == (OrderState.EXPIRED, OrderState.ORDERED)
    paid_payment(second, state=PaymentState.UNKNOWN)
    order(amina)
    second.refresh_from_db()
    assert second.state == OrderState.ORDERED
    assert drop_unpaid(user=amina) == 1


def test_an_order_expires_after_a_day_but_never_under_a_payment(amina: User, ben: User) -> None:
    mine, his = order(amina), order(ben)
    payment = paid_payment(his, state=PaymentState.PENDING)
    assert expire_orders(now=NOON + ORDER_LIFE - timedelta(seconds=1)) == 0
    assert expire_orders(now=NOON + ORDER_LIFE) == 1
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.FAILED)
    assert expire_orders(now=NOON + ORDER_LIFE) == 1
    assert set(PlanOrder.objects.values_list("state", flat=True)) == {OrderState.EXPIRED}
    assert list_orders(user=mine.user) == []  # type: ignore[arg-type]  # she is there


# ---- What was shown is what is ordered ------------------------------------------------------------------------------------------
def wish(user: User, price: Price, **changes: Any) -> Wish:
    shown = make_quote(user=user, price=price, country="FR", now=NOON)
    read: dict[str, Any] = {"price": price, "shown": shown.digest, "shown_at": NOON, "immediate": True, "language": "fr", "country": "FR"}
    return Wish(**(read | changes))


@pytest.mark.parametrize("changes", [{"shown": ""}, {"shown": "0" * 32}, {"country": "RE"}, {"coupon_code": ""}])
def test_nobody_orders_at_a_price_or_a_tax_that_they_did_not_read(amina: User, changes: dict[str, Any]) -> None:
    form = wish(amina, price_of(), **changes)
    if changes == {"coupon_code": ""}:
        assert order_plan(user=amina, wish=form, client_key=uuid.uuid4(), now=NOON).amount_minor == 499
        return
    with pytest.raises(QuoteChanged) as error:
        order_plan(user=amina, wish=form, client_key=uuid.uuid4(), now=NOON)
    assert error.value.quote.due == Money(499, "EUR")
    assert PlanOrder.objects.count() == 0


def test_sums_that_run_with_the_clock_hold_for_half_an_hour(amina: User) -> None:
    subscribe(amina)
    at = NOON + 10 * DAY
    shown = make_quote(user=amina, price=price_of(Interval.YEAR), country="FR", now=at)
    form = wish(amina, price_of(Interval.YEAR), shown=shown.digest, shown_at=at)
    with pytest.raises(QuoteChanged):
        order_plan(user=amina, wish=form, client_key=uuid.uuid4(), now=at + 5 * DAY)
    made = order_plan(user=amina, wish=form, client_key=uuid.uuid4(), now=at + READING)
    assert made.amount_minor == shown.due.amount_minor


def test_a_moment_from_the_future_is_not_believed(amina: User) -> None:
    subscribe(amina)
    later = NOON + 20 * DAY
    shown = make_quote(user=amina, price=price_of(Interval.YEAR), country="FR", now=NOON)
    form = wish(amina, price_of(Interval.YEAR), shown=shown.digest, shown_at=later + DAY)
    with pytest.raises(QuoteChanged):
        order_plan(user=amina, wish=form, client_key=uuid.uuid4(), now=later)


# ---- Refusals -------------------------------------------------------------------------------------------------------------------
def test_who_has_not_shown_their_age_orders_nothing(shop: None) -> None:
    minor = make_user("Nouveau", age_method=None)
    with pytest.raises(NotAdult):
        order(minor)
    assert PlanOrder.objects.count() == 0


def test_without_conditions_to_accept_nothing_is_sold(amina: User) -> None:
    LegalDocument.objects.filter(doc_type="SALES").delete()
    with pytest.raises(TermsNotPublished):
        order(amina)


def test_an_upgrade_needs_the_express_request(amina: User) -> None:
    subscribe(amina)
    with pytest.raises(ChangeIsImmediate):
        order(amina, price_of(Interval.YEAR), immediate=False)


def test_nobody_pays_far_ahead_by_a_click_too_many(amina: User) -> None:
    subscribe(amina, Interval.YEAR)
    second = subscribe(amina, Interval.YEAR)
    with pytest.raises(PaidFarAhead) as error:
        order(amina, price_of(Interval.YEAR))
    assert error.value.until == second.period_end


def test_months_worth_more_than_a_year_are_not_turned_into_one(amina: User) -> None:
    for _month in range(11):
        subscribe(amina)
    with pytest.raises(PaidFarAhead):
        make_quote(user=amina, price=price_of(Interval.YEAR), country="FR", now=NOON)


def test_currencies_are_never_mixed(amina: User) -> None:
    subscribe(amina)
    with pytest.raises(OtherCurrency):
        order(amina, price_of(currency="MGA"))


def test_a_shorter_interval_waits_for_the_end(amina: User) -> None:
    year = subscribe(amina, Interval.YEAR)
    with pytest.raises(ShorterLater) as error:
        order(amina)
    assert error.value.until == year.period_end


def test_without_a_provider_that_renews_nothing_is_promised_to_renew(amina: User) -> None:
    with pytest.raises(CannotRenew):
        order(amina, renews=True)


def test_beside_what_a_provider_renews_nothing_is_ordered(amina: User) -> None:
    made = subscribe(amina)
    assert made.subscription is not None
    made.subscription.renews = True
    made.subscription.save()
    with pytest.raises(RenewsAlready):
        order(amina)


# ---- The quote of an upgrade ----------------------------------------------------------------------------------------------------
def test_from_monthly_to_yearly_at_the_start_costs_the_difference(amina: User) -> None:
    """The vector of the design: 49.90 less 4.99."""
    subscribe(amina)
    quote = make_quote(user=amina, price=price_of(Interval.YEAR), country="FR", now=NOON)
    assert (quote.kind, quote.credit, quote.due) == (OrderKind.UPGRADE, Money(499, "EUR"), Money(4491, "EUR"))
    assert (quote.starts_at, quote.ends_at) == (NOON, NOON.replace(year=2027))


def test_later_the_credit_is_what_is_left(amina: User) -> None:
    subscribe(amina)
    half = make_quote(user=amina, price=price_of(Interval.YEAR), country="FR", now=NOON + 15 * DAY)
    assert (half.credit, half.due) == (Money(250, "EUR"), Money(4740, "EUR"))
    assert half.vat.net + half.vat.vat == half.due


# ---- The pages ------------------------------------------------------------------------------------------------------------------
def read(browser: Client, price: Price, query: str = "") -> tuple[str, dict[str, str]]:
    page = browser.get(f"/money/order/{price.public_id}/{query}").content.decode()
    return page, dict(re.findall(r'name="(shown|client_key)" value="([^"]*)"', page))


def test_the_recap_says_everything_and_its_boxes_come_unticked(amina: User, as_: LogIn) -> None:
    page, hidden = read(as_(amina), price_of())
    for words in (
        "Relisez avant de commander",
        "4,99",
        "dont 0,83",
        "20",
        "l’abonnement s’arrête",
        "Commander avec obligation de paiement",
    ):
        assert words in page, words
    assert set(hidden) == {"shown", "client_key"}
    assert " checked" not in page
    assert PlanOrder.objects.count() == 0


def test_the_button_orders_and_leads_to_the_ways_to_pay(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    _page, hidden = read(browser, price_of())
    answer = browser.post(f"/money/order/{price_of().public_id}/", hidden | {"accept": "on", "immediate": "on"})
    made = PlanOrder.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/money/pay/plan/{made.public_id}/")
    assert made.immediate_at is not None
    again = browser.post(f"/money/order/{price_of().public_id}/", hidden | {"accept": "on", "immediate": "on"})
    assert (again["Location"], PlanOrder.objects.count()) == (answer["Location"], 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accept": ""}, "Sans votre accord aux conditions de vente"),
        ({"shown": "forged:quote"}, "Le prix ou la TVA a changé"),
        ({"shown": ""}, "Le prix ou la TVA a changé"),
        ({"client_key": "not-a-key"}, "Ce formulaire est abîmé"),
        ({"client_key": ""}, "obligatoire"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_ordered(amina: User, as_: LogIn, changes: dict[str, str], words: str) -> None:
    browser = as_(amina)
    _page, hidden = read(browser, price_of())
    answer = browser.post(f"/money/order/{price_of().public_id}/", hidden | {"accept": "on", "immediate": "on"} | changes)
    assert (answer.status_code, PlanOrder.objects.count()) == (422, 0)
    assert words in answer.content.decode()


def test_a_price_that_changes_while_somebody_reads_is_shown_anew(amina: User, as_: LogIn) -> None:
    browser, old = as_(amina), price_of()
    _page, hidden = read(browser, old)
    BillingDetails.objects.create(user=amina, country="RE", details=b"x", updated_at=timezone.now())  # another rate of VAT
    answer = browser.post(f"/money/order/{old.public_id}/", hidden | {"accept": "on", "immediate": "on"})
    assert (answer.status_code, PlanOrder.objects.count()) == (422, 0)
    assert "8,5" in answer.content.decode()
    load_plans(prices={("EUR", "MONTH"): 599}, now=timezone.now())
    assert browser.post(f"/money/order/{old.public_id}/", hidden | {"accept": "on"}).status_code == 404


def test_a_quote_signed_for_another_site_is_not_believed(amina: User, as_: LogIn) -> None:
    quote = make_quote(user=amina, price=price_of(), country="FR", now=timezone.now())
    with override_settings(SECRET_KEY="another"):
        forged = signing.dumps([quote.digest, timezone.now().isoformat()], salt="billing.quote", compress=True)
    browser = as_(amina)
    _page, hidden = read(browser, price_of())
    answer = browser.post(f"/money/order/{price_of().public_id}/", hidden | {"accept": "on", "shown": forged})
    assert (answer.status_code, PlanOrder.objects.count()) == (422, 0)


def test_why_nothing_can_be_ordered_stands_on_a_page(amina: User, as_: LogIn, shop: None) -> None:
    now = timezone.now()
    subscribe(amina, Interval.YEAR, now=now)
    answer = as_(amina).get(f"/money/order/{price_of().public_id}/")
    assert (answer.status_code, "Votre année court jusqu’au" in answer.content.decode()) == (409, True)
    young = as_(make_user("Nouveau", age_method=None))
    _page, hidden = read(young, price_of())
    answer = young.post(f"/money/order/{price_of().public_id}/", hidden | {"accept": "on"})
    assert (answer.status_code, 'href="/age/"' in answer.content.decode()) == (409, True)
    assert as_(amina).get(f"/money/order/{price_of().public_id}/?renews=1").status_code == 409


def test_an_order_is_its_buyers_alone(amina: User, carol: User, as_: LogIn, client: Client) -> None:
    made = subscribe(amina, now=timezone.now())
    page = as_(amina).get(f"/money/orders/{made.public_id}/").content.decode()
    assert made.reference in page
    assert "Renoncer au contrat ici" in page
    assert as_(carol).get(f"/money/orders/{made.public_id}/").status_code == 404
    assert client.get(f"/money/orders/{made.public_id}/").status_code == 302
    assert made.reference not in as_(carol).get("/money/subscription/").content.decode()
    for wrong in ("x" * 20, "1", "../"):
        assert as_(amina).get(f"/money/orders/{wrong}/").status_code == 404
        assert as_(amina).get(f"/money/order/{wrong}/").status_code == 404
