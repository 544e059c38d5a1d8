"""The VAT in a price: whose it is, at which rate, and that no cent is lost or made."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from billing.enums import UnionCountry, VatTreatment
from billing.models import VatRule
from billing.models.rates import RATES
from billing.queries.vat import NoVatRule, VatSplit, find_rate, forget_union_sales, split_vat, sum_union_sales, take_out
from billing.services.invoices import issue_credit_note, issue_invoice
from billing.tests.selling.house import NOON, give_back, make_order, pay
from core.money import Money

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)
PRICE = Money(499, "EUR")
T = VatTreatment


def said(split: VatSplit) -> tuple[int, int, int, str, str]:
    return split.net.amount_minor, split.vat.amount_minor, split.rate_bp, split.country, split.treatment


# ---- Sums ----------------------------------------------------------------------------------------------------------------------


@given(gross=st.integers(0, 10**12), rate=st.integers(0, 9_999))
def test_what_is_taken_out_is_rounded_half_up_as_paper_says(gross: int, rate: int) -> None:
    exact = Decimal(gross) * rate / (10_000 + rate)
    assert take_out(gross, rate) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert take_out(-gross, rate) == -take_out(gross, rate)


@pytest.mark.parametrize(
    ("gross", "rate", "vat"), [(499, 2000, 83), (4990, 2000, 832), (3, 10_000 - 1, 1), (1, 2000, 0), (6, 2000, 1), (9, 2000, 2)]
)
def test_exact_sums(gross: int, rate: int, vat: int) -> None:
    assert take_out(gross, rate) == vat


def test_a_price_is_its_two_parts() -> None:
    assert said(split_vat(PRICE, country="FR", on=TODAY)) == (416, 83, 2000, "FR", T.DOMESTIC)
    assert said(split_vat(Money(20_000, "MGA"), country="FR", on=TODAY)) == (16_667, 3_333, 2000, "FR", T.DOMESTIC)


# ---- Whose it is ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "reverse", "expected"),
    [
        ("FR", False, (416, 83, 2000, "FR", T.DOMESTIC)),
        ("FR", True, (416, 83, 2000, "FR", T.DOMESTIC)),  # at home a company pays as everybody
        ("RE", False, (460, 39, 850, "RE", T.DOMESTIC)),
        ("YT", False, (499, 0, 0, "YT", T.DOMESTIC)),
        ("MC", False, (416, 83, 2000, "FR", T.DOMESTIC)),
        ("DE", False, (416, 83, 2000, "FR", T.DOMESTIC)),  # below the threshold: at the seller's
        ("DE", True, (499, 0, 0, "DE", T.REVERSE_CHARGE)),
        ("EL", True, (499, 0, 0, "GR", T.REVERSE_CHARGE)),
        ("MG", False, (499, 0, 0, "MG", T.OUT_OF_SCOPE)),
        ("MG", True, (499, 0, 0, "MG", T.OUT_OF_SCOPE)),
        ("CH", False, (499, 0, 0, "CH", T.OUT_OF_SCOPE)),
        ("", False, (416, 83, 2000, "FR", T.DOMESTIC)),
        ("ZZ", False, (416, 83, 2000, "FR", T.DOMESTIC)),
    ],
)
def test_a_seller_in_france(country: str, reverse: bool, expected: tuple[Any, ...]) -> None:
    assert said(split_vat(PRICE, country=country, on=TODAY, reverse_charge=reverse)) == expected


@pytest.mark.parametrize(
    ("country", "reverse", "expected"),
    [
        ("MG", False, (416, 83, 2000, "MG", T.DOMESTIC)),
        ("FR", False, (416, 83, 2000, "FR", T.DESTINATION)),  # from outside of the Union from the first euro
        ("DE", False, (419, 80, 1900, "DE", T.DESTINATION)),
        ("DE", True, (499, 0, 0, "DE", T.REVERSE_CHARGE)),
        ("RE", False, (499, 0, 0, "RE", T.OUT_OF_SCOPE)),
        ("KM", False, (499, 0, 0, "KM", T.OUT_OF_SCOPE)),
    ],
)
def test_a_seller_in_madagascar(settings: Any, country: str, reverse: bool, expected: tuple[Any, ...]) -> None:
    settings.SELLER_COUNTRY = "MG"
    assert said(split_vat(PRICE, country=country, on=TODAY, reverse_charge=reverse)) == expected


def test_a_seller_who_is_registered_elsewhere_charges_there(settings: Any) -> None:
    settings.VAT_COUNTRIES = ["MG"]
    assert said(split_vat(PRICE, country="MG", on=TODAY)) == (416, 83, 2000, "MG", T.DESTINATION)


def test_a_small_seller_charges_none_at_home_and_reverses_beyond(settings: Any) -> None:
    settings.VAT_SCHEME = "FRANCHISE"
    assert said(split_vat(PRICE, country="FR", on=TODAY)) == (499, 0, 0, "FR", T.FRANCHISE)
    assert said(split_vat(PRICE, country="DE", on=TODAY)) == (499, 0, 0, "FR", T.FRANCHISE)
    assert said(split_vat(PRICE, country="DE", on=TODAY, reverse_charge=True)) == (499, 0, 0, "DE", T.REVERSE_CHARGE)


def test_who_wants_to_may_always_charge_at_the_customers(settings: Any) -> None:
    settings.VAT_OSS = "ALWAYS"
    assert said(split_vat(PRICE, country="HU", on=TODAY)) == (393, 106, 2700, "HU", T.DESTINATION)


# ---- The threshold -------------------------------------------------------------------------------------------------------------


def sell_to(user: User, country: str, minor: int) -> Any:
    user.profile.country = country
    user.profile.save(update_fields=["country"])
    money = Money(minor, "EUR")
    order = make_order(user, money=money, split=split_vat(money, country=country, on=NOON.date()))
    payment = pay(order)
    assert issue_invoice(payment_id=payment.pk, now=NOON) is not None
    forget_union_sales()  # what a commit does
    return payment


def test_sales_within_the_union_are_counted_without_vat_and_without_home(amina: User) -> None:
    sell_to(amina, "DE", 12_000)
    sell_to(amina, "FR", 50_000)
    sell_to(amina, "MG", 50_000)
    payment = sell_to(amina, "BE", 2_400)
    issue_credit_note(refund_id=give_back(payment, 1_200, vat=200).pk, now=NOON)
    assert sum_union_sales(seller="FR", on=NOON.date()) == 10_000 + 2_000 - 1_000
    assert sum_union_sales(seller="FR", on=date(2027, 1, 1)) == 11_000  # the year before counts too
    assert sum_union_sales(seller="FR", on=date(2028, 1, 1)) == 0


def test_the_sale_that_crosses_the_threshold_is_taxed_at_the_customers(settings: Any, amina: User) -> None:
    sell_to(amina, "DE", 12_000)
    settings.VAT_UNION_THRESHOLD = 10_499
    assert split_vat(Money(499, "EUR"), country="DE", on=NOON.date()).treatment == T.DOMESTIC
    assert split_vat(Money(500, "EUR"), country="DE", on=NOON.date()).treatment == T.DESTINATION


# ---- Rates ---------------------------------------------------------------------------------------------------------------------


def test_what_is_seeded_is_what_ships() -> None:
    seeded = import_module("billing.migrations.0004_invoices").RATES
    assert seeded == RATES
    assert {(row.country, row.rate_bp, row.valid_from) for row in VatRule.objects.all()} == set(RATES)


def test_every_state_of_the_union_has_a_rate_that_holds() -> None:
    rates = {country: find_rate(country=country, kind="STANDARD", on=TODAY) for country in UnionCountry.values}
    assert min(rates.values()) == rates["LU"] == 1700
    assert max(rates.values()) == rates["HU"] == 2700
    assert len(rates) == 27


@pytest.mark.parametrize(("day", "rate"), [("2024-08-31", 2400), ("2024-09-01", 2550), ("2026-11-26", 2550)])
def test_a_rate_holds_from_its_day_on(day: str, rate: int) -> None:
    assert find_rate(country="FI", kind="STANDARD", on=date.fromisoformat(day)) == rate


def test_a_kind_of_sale_may_have_a_rate_of_its_own() -> None:
    VatRule.objects.create(country="FR", kind="AD_CAMPAIGN", rate_bp=550, valid_from=TODAY)
    assert find_rate(country="FR", kind="AD_CAMPAIGN", on=TODAY) == 550
    assert find_rate(country="FR", kind="SUBSCRIPTION", on=TODAY) == 2000
    assert find_rate(country="FR", kind="AD_CAMPAIGN", on=date(2026, 1, 1)) == 2000


def test_the_table_wins_and_a_lost_table_stops_no_sale() -> None:
    VatRule.objects.create(country="DE", rate_bp=2100, valid_from=TODAY)
    assert find_rate(country="DE", kind="STANDARD", on=TODAY) == 2100
    VatRule.objects.all().delete()
    assert find_rate(country="DE", kind="STANDARD", on=TODAY) == 1900


def test_a_country_without_a_rate_is_said() -> None:
    with pytest.raises(NoVatRule, match="XX"):
        find_rate(country="XX", kind="STANDARD", on=TODAY)
