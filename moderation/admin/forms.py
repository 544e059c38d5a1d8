"""The forms of the desk: what a decision and the answer to an appeal are made of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from moderation.actions import ACTIONS, End, list_actions
from moderation.enums import Action, Ground, Reason, TargetKind

DURATIONS = (
    ("1", _("un jour")),
    ("7", _("sept jours")),
    ("30", _("trente jours")),
    ("90", _("quatre-vingt-dix jours")),
    ("365", _("un an")),
)
# What nobody can take back by a click of their own; asked for twice.
GRAVE = frozenset({Action.CLOSE_ROOM, Action.TERMINATE_ACCOUNT})


class DecisionForm(forms.Form):
    """One decision. What the measure demands (an end, a confirmation) is checked with it."""

    action = forms.ChoiceField(label=_("Mesure"), widget=forms.RadioSelect)
    reason = forms.ChoiceField(label=_("Motif retenu"), choices=Reason.choices)
    ground = forms.ChoiceField(label=_("Fondement"), choices=Ground.choices)
    ground_ref = forms.CharField(label=_("Texte de loi ou règle"), max_length=500)
    text_language = forms.ChoiceField(label=_("Langue des textes"), choices=settings.LANGUAGES)
    explanation = forms.CharField(label=_("Explication"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    facts = forms.CharField(label=_("Faits"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    days = forms.ChoiceField(label=_("Durée"), choices=[("", _("sans fin, ou sans objet")), *DURATIONS], required=False)
    sure = forms.BooleanField(label=_("Je confirme : cette mesure est grave et durable"), required=False)

    def __init__(self, kind: TargetKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(action.value, action.label) for action in list_actions(kind)]
        cast(forms.ChoiceField, self.fields["action"]).choices = choices

    def clean(self) -> dict[str, Any]:
        """An end where the measure must have one, none where it has none, and a second yes for what is grave."""
        cleaned = super().clean() or {}
        action, days = cleaned.get("action"), cleaned.get("days")
        if action in ACTIONS:
            end = ACTIONS[Action(action)].end
            if end is End.MUST and not days:
                self.add_error("days", _("Cette mesure a une fin : choisissez une durée."))
            if end is End.NEVER:
                cleaned["days"] = ""
            if action in GRAVE and not cleaned.get("sure"):
                self.add_error("sure", _("Confirmez cette mesure grave."))
        return cleaned

    def ends_at(self, now: datetime) -> datetime | None:
        """When the chosen duration is over; None without one."""
        days = self.cleaned_data.get("days")
        return now + timedelta(days=int(days)) if days else None


class AppealForm(forms.Form):
    """The answer to an appeal: which way, and why."""

    overturn = forms.ChoiceField(
        label=_("Votre décision"),
        choices=[("no", _("Maintenir la décision")), ("yes", _("Annuler la décision, et tout rétablir"))],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(label=_("Réponse à la personne"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
