"""A rate of VAT as somebody of the money team looked it up."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.enums import Purpose
from billing.models.rates import STANDARD
from billing.queries.countries import list_choices
from billing.services.vatrates import Rate
from core.text import clean

# No country's law has a higher rate; more is a slip of the hand.
_MOST_BP = 3_000
_AHEAD, _BEHIND = timedelta(days=731), timedelta(days=366)
_PERCENT = re.compile(r"(\d{1,2})(?:[.,](\d{1,2}))?\s*%?\Z", re.ASCII)
_SHORTEST = 10


class RateForm(forms.Form):
    """Where, what, since when, and where it was read."""

    country = forms.ChoiceField(label=gettext_lazy("Pays"), choices=list_choices)
    kind = forms.ChoiceField(label=gettext_lazy("Sorte de vente"), choices=[(STANDARD, gettext_lazy("Toutes")), *Purpose.choices])
    rate = forms.CharField(
        label=gettext_lazy("Taux en pour cent, par exemple 20 ou 8,5"),
        max_length=8,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    valid_from = forms.DateField(label=gettext_lazy("Valable depuis le"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    source = forms.CharField(label=gettext_lazy("Source : le texte ou l’adresse où vous l’avez lu"), max_length=300)
    checked_on = forms.DateField(label=gettext_lazy("Lu le"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_rate(self) -> int:
        """In hundredths of a percent."""
        found = _PERCENT.match(self.cleaned_data["rate"].strip())
        rate = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")) if found else -1
        if not 0 <= rate <= _MOST_BP:
            raise forms.ValidationError(_("Un taux va de 0 à 30 %, avec deux décimales au plus."))
        return rate

    def clean_valid_from(self) -> date:
        since: date = self.cleaned_data["valid_from"]
        if since > self.today + _AHEAD or since.year < 2000:
            raise forms.ValidationError(_("Cette date est trop loin."))
        return since

    def clean_checked_on(self) -> date:
        read: date = self.cleaned_data["checked_on"]
        if not self.today - _BEHIND <= read <= self.today:
            raise forms.ValidationError(_("Le jour où vous l’avez lu est passé, et de moins d’un an."))
        return read

    def clean_source(self) -> str:
        source = clean(self.cleaned_data["source"], lines=False)
        if len(source) < _SHORTEST:
            raise forms.ValidationError(_("Dites où vous l’avez lu : un texte de loi, une page de l’administration."))
        return source

    def rate_read(self) -> Rate:
        """What was typed, once the form is valid."""
        given = self.cleaned_data
        return Rate(given["country"], given["kind"], given["rate"], given["valid_from"], given["source"], given["checked_on"])
