"""Money: whole units, exact tables, texts that are read and texts that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core.money import EXPONENTS, LARGEST, MixedCurrencies, Money, NotAnAmount, UnknownCurrency, format_money

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "currencies.json").read_text("utf-8"))
CURRENCIES = st.sampled_from(sorted(EXPONENTS))
AMOUNTS = st.integers(-LARGEST, LARGEST)


# ---- The value -----------------------------------------------------------------------------------------------------------------
def test_the_table_is_the_one_that_was_agreed() -> None:
    wanted = {**TABLE["currencies"], **TABLE["not_money"]}
    assert {currency: row["exponent"] for currency, row in wanted.items()} == EXPONENTS


@pytest.mark.parametrize("currency", ["", "mga", "OUV", "XOF", "JPY", "Ar", "€"])
def test_another_currency_is_refused_not_guessed(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, currency)
    with pytest.raises(UnknownCurrency):
        Money.parse("1", currency)


@pytest.mark.parametrize("amount", [0.37, 1.0, "1", None, True])
def test_a_minor_unit_is_whole(amount: Any) -> None:
    with pytest.raises(TypeError):
        Money(amount, "MGA")


def test_money_is_a_value() -> None:
    assert Money(5, "EUR") == Money(5, "EUR")
    assert Money(5, "EUR") != Money(5, "USD")
    assert len({Money(5, "EUR"), Money(5, "EUR"), Money(5, "MGA")}) == 2
    with pytest.raises(AttributeError):
        Money(5, "EUR").amount_minor = 6  # type: ignore[misc]


def test_sums_and_comparisons_in_one_currency() -> None:
    assert Money(5, "EUR") + Money(-7, "EUR") == Money(-2, "EUR")
    assert Money(5, "EUR") - Money(7, "EUR") == Money(-2, "EUR")
    assert -Money(5, "EUR") == Money(-5, "EUR")
    assert Money(4, "EUR") < Money(5, "EUR") <= Money(5, "EUR")
    assert not Money(5, "EUR") < Money(5, "EUR")
    assert Money(6, "EUR") > Money(5, "EUR")
    assert max(Money(1, "MGA"), Money(3, "MGA"), Money(2, "MGA")) == Money(3, "MGA")


def test_two_currencies_never_meet() -> None:
    euro, ariary = Money(5, "EUR"), Money(5, "MGA")
    for deed in (lambda: euro + ariary, lambda: euro - ariary, lambda: euro < ariary, lambda: euro <= ariary, lambda: euro > ariary):
        with pytest.raises(MixedCurrencies):
            deed()


# ---- Reading -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("0", "MGA", 0),
        ("2000", "MGA", 2000),
        ("2 000", "MGA", 2000),
        ("1\u202f234\u202f568", "MGA", 1_234_568),
        ("1\u00a0234", "KMF", 1234),
        ("  500  ", "MGA", 500),
        ("007", "MGA", 7),
        ("4,99", "EUR", 499),
        ("4.99", "EUR", 499),
        ("4,9", "EUR", 490),
        ("4", "EUR", 400),
        ("1 234,50", "EUR", 123_450),
        ("-3,05", "EUR", -305),
        ("-500", "MGA", -500),
        ("12", "PTS", 12),
        ("1000000000000000", "MGA", LARGEST),
        ("10000000000000.00", "EUR", LARGEST),
    ],
)
def test_what_people_write_is_read(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        *((text, "MGA") for text in ("1.0", "1,5", "0.37", "2000.00", "1,234", "1.234")),
        *((text, "EUR") for text in ("0,001", "1,234", "1.234,50", "1,234.50", "1.2.3", "4,", ",99", ".5", "4 .99")),
        *((text, "EUR") for text in ("", " ", "-", "+5", "--5", "-+5", "- 5", "5-", "(5)", "\u22125", "-0", "-0,00")),
        *((text, "EUR") for text in ("1e3", "1E3", "NaN", "nan", "Infinity", "inf", "0x10", "1_000", "5€", "€5", "5 EUR", "1/2", "½")),
        *((text, "EUR") for text in ("１２", "٣", "१", "1\u200b0", "1\t0", "5\n", "\u202e5", "1 23", "12 34", "1 2345", "1  234", "1'234")),
        ("1000000000000001", "MGA"),
        ("10000000000000.01", "EUR"),
        ("9" * 5000, "MGA"),
        ("0" * 5000, "MGA"),
    ],
)
def test_everything_else_is_refused(text: str, currency: str) -> None:
    with pytest.raises(NotAnAmount):
        Money.parse(text, currency)


@given(AMOUNTS, CURRENCIES)
def test_what_is_written_plainly_is_read_back(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert Money.parse(money.plain, currency) == money


@given(AMOUNTS, CURRENCIES)
def test_what_french_and_malagasy_readers_see_is_read_back(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    for language in ("fr", "mg"):
        number, _, _symbol = format_money(money, language).rpartition("\u00a0")
        assert Money.parse(number, currency) == money


@given(st.text(max_size=12))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        money = Money.parse(text, "EUR")
    except NotAnAmount:
        return
    assert set(text.strip(" ")) <= set("-0123456789., \u00a0\u202f")
    assert abs(money.amount_minor) <= LARGEST


# ---- Writing -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("case", TABLE["formats"], ids=lambda case: f"{case['locale']}-{case['currency']}-{case['minor']}")
def test_amounts_are_written_as_agreed(case: dict[str, Any]) -> None:
    assert format_money(Money(case["minor"], case["currency"]), case["locale"]) == case["text"]


@pytest.mark.parametrize(
    ("minor", "currency", "language", "text"),
    [
        (-500, "MGA", "en", "-Ar\u00a0500"),
        (-5, "EUR", "en", "-€0.05"),
        (-5, "EUR", "fr", "-0,05\u00a0€"),
        (123_456_789, "USD", "en", "$1,234,567.89"),
        (100, "MUR", "fr", "1,00\u00a0Rs"),
        (100, "SCR", "en", "SR\u00a01.00"),
        (1500, "KMF", "mg", "1\u202f500\u00a0FC"),
        (1500, "PTS", "en", "1,500\u00a0pts"),
        (1500, "PTS", "fr", "1\u202f500\u00a0pts"),
        (999, "MGA", "en-gb", "Ar\u00a0999"),
        (999, "MGA", "de", "999\u00a0Ar"),
    ],
)
def test_other_amounts(minor: int, currency: str, language: str, text: str) -> None:
    assert format_money(Money(minor, currency), language) == text


def test_plain_text_for_programs() -> None:
    assert [Money(n, "EUR").plain for n in (0, 5, -5, 123_450)] == ["0.00", "0.05", "-0.05", "1234.50"]
    assert [Money(n, "MGA").plain for n in (0, -5, 123_450)] == ["0", "-5", "123450"]


@given(AMOUNTS, CURRENCIES, st.sampled_from(["fr", "mg", "en"]))
def test_an_amount_never_breaks_over_two_lines(amount: int, currency: str, language: str) -> None:
    text = format_money(Money(amount, currency), language)
    assert " " not in text
    assert text == text.strip()


def test_a_page_writes_it_in_its_language() -> None:
    page = Template("{% load money %}{{ price|money }}|{{ nothing|money }}")
    for language, text in (("fr", "4,99\u00a0€|"), ("mg", "4,99\u00a0€|"), ("en", "€4.99|")):
        with translation.override(language):
            assert page.render(Context({"price": Money(499, "EUR"), "nothing": None})) == text


# ---- Parts ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount", "ratios", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [3, 7], [2, 3]),
        (1, [1, 1, 1, 1], [1, 0, 0, 0]),
        (10, [0, 1], [0, 10]),
        (0, [1, 2], [0, 0]),
        (999, [10_000, 2_000], [833, 166]),
        (7, [5], [7]),
    ],
)
def test_parts_by_largest_remainder(amount: int, ratios: list[int], parts: list[int]) -> None:
    assert Money(amount, "MGA").allocate(ratios) == [Money(part, "MGA") for part in parts]


@pytest.mark.parametrize("ratios", [[], [0], [0, 0], [1, -1], [-1, 3], [-2]])
def test_ratios_that_part_nothing(ratios: list[int]) -> None:
    with pytest.raises(ValueError, match="ratios"):
        Money(100, "MGA").allocate(ratios)


@given(AMOUNTS, st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_parts_sum_up_and_none_is_a_unit_off(amount: int, ratios: list[int]) -> None:
    parts = [part.amount_minor for part in Money(amount, "EUR").allocate(ratios)]
    assert sum(parts) == amount
    for part, ratio in zip(parts, ratios, strict=True):
        assert abs(part * sum(ratios) - amount * ratio) < sum(ratios)  # less than one unit from its exact share
        assert ratio or not part
