"""What is typed to change a retention rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.models import RetentionRule
from privacy.services.changes import LONGEST


class ChangeForm(forms.Form):
    """What a rule is to say, and why."""

    days = forms.IntegerField(label=_("Durée, en jours"), min_value=0, max_value=LONGEST.days)
    erasable = forms.BooleanField(label=_("Effacé quand la personne le demande"), required=False)
    basis = forms.CharField(label=_("Fondement : la loi ou la raison"), max_length=200)
    reason = forms.CharField(label=_("Pourquoi changer"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    @classmethod
    def of(cls, rule: RetentionRule) -> ChangeForm:
        """The form with what the rule says now."""
        return cls(initial={"days": rule.keep.days, "erasable": rule.erasable, "basis": rule.basis})

    def change(self) -> dict[str, Any]:
        """What was typed, for the service."""
        found = self.cleaned_data
        return {"keep": timedelta(days=found["days"]), **{name: found[name] for name in ("erasable", "basis", "reason")}}
