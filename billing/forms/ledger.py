"""Which days of an account somebody wants to read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = timedelta(days=3660)
USUAL = timedelta(days=30)


class PeriodForm(forms.Form):
    """Two days, both whole. Where neither is said: the last thirty days, and the form shows them."""

    since = forms.DateField(label=_("Du"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("Au"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, data: Mapping[str, Any], *, today: date) -> None:
        asked = any(data.get(name) for name in ("since", "until"))
        super().__init__(data if asked else {"since": today - USUAL, "until": today})
        self.today = today

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        until = values.get("until") or self.today
        since = values.get("since") or until - USUAL
        if since > until:
            raise forms.ValidationError(_("Le premier jour vient après le dernier."))
        if until - since > LONGEST:
            raise forms.ValidationError(_("Dix ans au plus à la fois."))
        return {**values, "since": since, "until": until}
