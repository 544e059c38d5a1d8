"""Fields that more than one form of this app asks."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import OVERSEAS, Country, Gender
from accounts.queries import list_regions

_OFFERED = [(country.value, country.label) for country in Country if country not in OVERSEAS]


def gender_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Genre"), choices=Gender.choices, required=False, initial=Gender.UNDISCLOSED)


def gender_text_field() -> forms.CharField:
    return forms.CharField(
        label=_("Vos propres mots"),
        max_length=40,
        required=False,
        help_text=_("Si vous vous décrivez vous-même."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def country_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Pays"), choices=_OFFERED, initial=Country.FR)


def postal_code_field() -> forms.CharField:
    return forms.CharField(
        label=_("Code postal"),
        max_length=20,
        required=False,
        help_text=_("France : 5 chiffres. Madagascar : 3 chiffres. Il n’est montré à personne."),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
    )


def region_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Région"), choices=[("", "—")], required=False)


def offer_regions(field: forms.Field, country: str) -> None:
    """Let a region be chosen: those of the country, grouped where it has territories."""
    assert isinstance(field, forms.ChoiceField)
    if country not in Country.values:
        return
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for region in list_regions(country=country):
        groups[str(Country(region.country).label)].append((region.code, region.name))
    choices: list[Any] = list(groups.items()) if len(groups) > 1 else [pair for group in groups.values() for pair in group]
    field.choices = [("", "—"), *choices]


def offered_country(country: str) -> str:
    """The country of the list for a place that a postal code found: France for its territories."""
    return Country.FR if country in OVERSEAS else country
