"""Which days of an account somebody wants to read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = timedelta(days=3660)
USUAL = timedelta(days=30)


class PeriodForm(forms.Form):
    """Two days, both whole. Left empty: the last thirty days."""

    since = forms.DateField(label=_("Du"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("Au"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["since"].initial, self.fields["until"].initial = today - USUAL, today

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        until = values.get("until") or self.today
        since = values.get("since") or until - USUAL
        if since > until:
            raise forms.ValidationError(_("Le premier jour vient après le dernier."))
        if until - since > LONGEST:
            raise forms.ValidationError(_("Dix ans au plus à la fois."))
        return {**values, "since": since, "until": until}
