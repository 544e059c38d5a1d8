"""Sums as people type them."""

from __future__ import annotations

import pytest
from django import forms
from django.utils import translation

from core.forms import MoneyField
from core.money import Money


def make_form(text: str, currency: str, *, required: bool = True) -> forms.Form:
    form = forms.Form({"sum": text})
    form.fields["sum"] = MoneyField(currency=currency, required=required)
    return form


def read(text: str, currency: str = "EUR") -> Money | None:
    form = make_form(text, currency)
    return form.cleaned_data["sum"] if form.is_valid() else None


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12,50", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("  7 ", "EUR", 700),
        ("1 500", "MGA", 1500),
        ("1\u202f500", "MGA", 1500),
        ("1", "MGA", 1),
    ],
)
def test_what_people_write(text: str, currency: str, minor: int) -> None:
    assert read(text, currency) == Money(minor, currency)


BAD = ["", "0", "0,00", "-1", "-0", "1e3", "NaN", "inf", "12,505", "1,234.50", "+5", "--5", "5 €", "abc", "٥", "1" * 29, "9" * 31]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_sum(text: str) -> None:
    form = make_form(text, "EUR")
    assert not form.is_valid()
    assert list(form.errors) == ["sum"]


def test_ariary_have_no_fraction() -> None:
    assert read("0,5", "MGA") is None
    assert read("1.0", "MGA") is None


@pytest.mark.parametrize(("language", "example"), [("fr", "12,50\u00a0€"), ("en", "€12.50")])
def test_the_refusal_shows_how(language: str, example: str) -> None:
    with translation.override(language):
        assert example in str(make_form("beaucoup", "EUR").errors["sum"])


def test_an_empty_field_that_may_be_empty_is_nothing() -> None:
    form = make_form("", "EUR", required=False)
    assert form.is_valid()
    assert form.cleaned_data["sum"] is None


def test_nothing_is_proposed() -> None:
    form = forms.Form()
    form.fields["sum"] = MoneyField(currency="EUR")
    assert "value=" not in str(form["sum"])
    assert 'inputmode="decimal"' in str(form["sum"])
