"""What data protection types about a breach. Times are UTC; nobody is named in the words."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import UtcField
from privacy.enums import BreachHarm, BreachRisk, DataKind, SilenceGround
from privacy.models import Breach
from privacy.services.breaches import Facts

_PEOPLE = 500
_BETWEEN = re.compile(r"[\s,;]+")


def _text(label: Any, limit: int, *, required: bool = True, rows: int = 4, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField"})
    return forms.CharField(label=label, max_length=limit, required=required, widget=widget, help_text=help_text)


class FactsForm(forms.Form):
    """What is known of a breach: what article 33(3) wants told, and what the log keeps."""

    found_at = UtcField(label=_("Découverte le (UTC)"), help_text=_("Quand la maison a su. Les soixante-douze heures comptent d’ici."))
    started_at = UtcField(label=_("Commencée le (UTC), si on le sait"), required=False)
    nature = _text(_("Ce qui est arrivé, sans nommer personne"), 4000)
    harms = forms.MultipleChoiceField(label=_("Atteinte à"), choices=BreachHarm.choices, widget=forms.CheckboxSelectMultiple)
    codes = forms.MultipleChoiceField(label=_("Sortes de données"), choices=DataKind.choices, widget=forms.CheckboxSelectMultiple)
    persons = forms.IntegerField(label=_("Personnes touchées, environ"), min_value=0, max_value=2_000_000_000)
    records = forms.IntegerField(label=_("Enregistrements touchés, environ"), min_value=0, max_value=2_000_000_000)
    effects = _text(_("Conséquences probables"), 4000)
    measures = _text(_("Mesures prises ou prévues"), 4000)
    risk = forms.ChoiceField(label=_("Risque pour les personnes"), choices=BreachRisk.choices, widget=forms.RadioSelect)

    def facts(self) -> Facts:
        """What was typed, for the service."""
        found = {name: self.cleaned_data[name] for name in Facts.__dataclass_fields__}
        return Facts(**(found | {"risk": BreachRisk(found["risk"])}))


def values_of(breach: Breach) -> dict[str, Any]:
    """What the log says now, for the form of the facts."""
    plain = ("found_at", "started_at", "nature", "persons", "records", "effects", "measures", "risk")
    return {name: getattr(breach, name) for name in plain} | {"harms": breach.harms.split(","), "codes": breach.codes}


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Pourquoi"), max_length=500, widget=forms.TextInput(attrs={"class": "vTextField"}))


class AmendForm(FactsForm):
    """The facts again, and what was learnt."""

    reason = forms.CharField(label=_("Ce que l’on sait de plus"), max_length=500, widget=forms.TextInput(attrs={"class": "vTextField"}))


class AuthorityForm(forms.Form):
    """That the authority was told."""

    told_at = UtcField(label=_("Prévenue le (UTC)"))
    reference = forms.CharField(label=_("Numéro donné par l’autorité"), max_length=80)
    late_reason = _text(_("Raison du retard, après soixante-douze heures"), 1000, required=False, rows=2)


class PeopleForm(forms.Form):
    """Whom it touches."""

    words = _text(
        _("Comptes touchés : identifiants ou pseudonymes"),
        20_000,
        required=False,
        help_text=_("Séparés par des virgules, des espaces ou des lignes ; cinq cents à la fois, et vous pouvez recommencer."),
    )
    everybody = forms.BooleanField(label=_("Toute la maison est touchée"), required=False)

    def clean_words(self) -> list[str]:
        """One word an account.

        Raises:
            ValidationError: too many at once.
        """
        found = list(dict.fromkeys(word for word in _BETWEEN.split(self.cleaned_data["words"]) if word))
        if len(found) > _PEOPLE:
            raise forms.ValidationError(_("Cinq cents comptes au plus à la fois."))
        return found


class LettersForm(forms.Form):
    """What the people read, in each language of the house."""

    fr = _text(_("Lettre en français"), 6000, required=False, rows=10)
    mg = _text(_("Lettre en malgache"), 6000, required=False, rows=10)
    en = _text(_("Lettre en anglais"), 6000, required=False, rows=10)


class TellForm(forms.Form):
    """That somebody read the letters before they go, which cannot be undone."""

    read = forms.BooleanField(
        label=_("J’ai relu les trois lettres et la liste des personnes"),
        error_messages={"required": _("Relisez, puis cochez : une lettre partie ne se reprend pas.")},
    )


class SilenceForm(forms.Form):
    """Why the people are not told one by one."""

    ground = forms.ChoiceField(label=_("Cas de l’article 34(3)"), choices=SilenceGround.choices)
    reason = _text(_("Sur quoi cela repose ici"), 1000, rows=3)
