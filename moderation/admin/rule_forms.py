"""The forms of rules: a new rule, and a new wording of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeGate
from moderation.enums import RuleKind, RuleOutcome, RuleTopic
from moderation.models import RuleVersion
from moderation.screening.language import LANGUAGES
from moderation.screening.ruletext import LONGEST
from moderation.services.rules import KINDS

_MOST_ROOMS = 50
_PLAIN_TEXT = {"rows": 16, "spellcheck": "false"}


class RuleForm(forms.Form):
    """A rule before it has a wording."""

    key = forms.SlugField(label=_("Nom stable"), max_length=40, help_text=_("En minuscules, sans espaces. Il ne change plus."))
    title = forms.CharField(label=_("Titre"), max_length=120)
    kind = forms.ChoiceField(label=_("Sorte"), choices=RuleKind.choices)
    topic = forms.ChoiceField(label=_("Sujet"), choices=RuleTopic.choices)


class VersionForm(forms.Form):
    """A wording. What the engine makes of its text is checked by the service."""

    text = forms.CharField(
        label=_("Contenu"), max_length=LONGEST, strip=False, widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"})
    )
    outcome = forms.ChoiceField(label=_("Effet"), choices=RuleOutcome.choices)
    weight = forms.FloatField(label=_("Poids"), required=False, min_value=0, max_value=100, help_text=_("Pour les règles qui comptent."))
    languages = forms.MultipleChoiceField(
        label=_("Langues du texte"), choices=[(code, code) for code in LANGUAGES], required=False, widget=forms.CheckboxSelectMultiple
    )
    age_gates = forms.MultipleChoiceField(
        label=_("Salons"), choices=AgeGate.choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("Aucun : tous.")
    )
    kinds = forms.MultipleChoiceField(
        label=_("Textes"), choices=[(kind, kind) for kind in KINDS], required=False, widget=forms.CheckboxSelectMultiple
    )
    account_age_below_h = forms.IntegerField(label=_("Comptes plus récents que (heures)"), required=False, min_value=1, max_value=100_000)
    first_messages = forms.BooleanField(label=_("Dans les premiers messages seulement"), required=False)
    rooms = forms.CharField(label=_("Numéros de salons"), required=False, max_length=500, help_text=_("Séparés par des virgules."))
    why = forms.CharField(label=_("Pourquoi"), max_length=500)

    def clean_rooms(self) -> list[int]:
        """The numbers.

        Raises:
            ValidationError: something else stands there.
        """
        parts = [part.strip() for part in self.cleaned_data["rooms"].split(",") if part.strip()]
        if len(parts) > _MOST_ROOMS or not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in parts):
            raise forms.ValidationError(_("Des numéros de salons, cinquante au plus, séparés par des virgules."))
        return [int(part) for part in parts]

    def wording(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        cleaned = self.cleaned_data
        names = ("languages", "age_gates", "kinds", "account_age_below_h", "first_messages", "rooms")
        return {
            "text": cleaned["text"].replace("\r\n", "\n"),
            "outcome": RuleOutcome(cleaned["outcome"]),
            "weight": cleaned["weight"] or 0.0,
            "scope": {name: cleaned[name] for name in names if cleaned[name]},
            "why": cleaned["why"],
        }


def first_values(version: RuleVersion | None) -> dict[str, Any]:
    """What the form of the next wording begins with: the last one."""
    if version is None:
        return {}
    rooms = ", ".join(str(room) for room in version.scope.get("rooms", []))
    return {"text": version.text, "outcome": version.outcome, "weight": version.weight, **version.scope, "rooms": rooms}
