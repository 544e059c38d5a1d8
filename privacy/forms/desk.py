"""What the team types to handle a request."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.enums import ExtensionGround, RefusalGround, RequestTopic
from privacy.models import DataRequest
from privacy.reasons import REASONS, grounds_for
from privacy.services.requests import LONGEST

_REASON = 500


def _words(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": "8", "dir": "auto"}),
        error_messages={"required": _("Écrivez une réponse."), "max_length": _("4 000 caractères au plus.")},
    )


def _why() -> forms.CharField:
    return forms.CharField(label=_("Pourquoi, pour le registre"), max_length=_REASON, error_messages={"required": _("Écrivez pourquoi.")})


class ExtendForm(forms.Form):
    """On which ground of the law, and why."""

    ground = forms.ChoiceField(label=_("Motif de la loi"), choices=ExtensionGround.choices)
    reason = _why()


class AnswerForm(forms.Form):
    """The answer, and for a year of birth the one that is right."""

    words = _words(_("Réponse à la personne"))
    birth_year = forms.IntegerField(label=_("Année de naissance à inscrire"), min_value=1900, max_value=2100, required=False)

    def __init__(self, *args: Any, request: DataRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if request.topic != RequestTopic.BIRTH_YEAR:
            del self.fields["birth_year"]

    def answer(self) -> dict[str, Any]:
        """What was typed, for the service."""
        return {"words": self.cleaned_data["words"], "birth_year": self.cleaned_data.get("birth_year")}


class RefusalForm(forms.Form):
    """The ground of the law, the answer to the person, and a word for the register."""

    ground = forms.ChoiceField(label=_("Motif de la loi"))
    words = _words(_("Réponse à la personne"))
    reason = _why()

    def __init__(self, *args: Any, request: DataRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["ground"]
        field.choices = [(ground, _say(ground)) for ground in grounds_for(request.kind)]


def _say(ground: RefusalGround) -> str:
    return f"{ground.label} · RGPD {REASONS[ground].article}"


class AgreeForm(forms.Form):
    """Why the second person agrees."""

    reason = _why()
