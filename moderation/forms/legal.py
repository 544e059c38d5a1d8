"""What the desk for authorities types: a request as it came, and the words of each step. Times are UTC."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.forms import UtcField
from moderation.courts.gate import Facts, refusals_of
from moderation.courts.terms import (
    Channel,
    DataCategory,
    FormalReason,
    GateCase,
    IdentifierKind,
    MissingArticle,
    OffenceClass,
    RequestKind,
)
from moderation.services.registering import Named, NewRequest

ROWS = 3


def _choices(words: Any, empty: str = "—") -> list[tuple[str, Any]]:
    return [("", empty), *words.choices]


class RequestForm(forms.Form):
    """The register: who asks, on which law, what the gate needs to know, and what is asked for."""

    kind = forms.ChoiceField(label=_("Sorte de demande"), choices=RequestKind.choices)
    emergency = forms.BooleanField(label=_("Urgence : une vie est en danger"), required=False)
    danger = forms.CharField(label=_("Le danger, en une phrase"), max_length=500, required=False)
    terrorist = forms.BooleanField(label=_("Contenu à caractère terroriste (une heure)"), required=False)
    authority = forms.CharField(label=_("Autorité"), max_length=200)
    agent = forms.CharField(label=_("Agent qui signe"), max_length=120)
    file_numbers = forms.CharField(label=_("Numéros de procédure"), max_length=200)
    channel = forms.ChoiceField(label=_("Arrivée par"), choices=Channel.choices)
    sender = forms.EmailField(label=_("Adresse électronique d’envoi"), required=False)
    phone = forms.CharField(
        label=_("Numéro donné dans la demande"),
        max_length=40,
        required=False,
        help_text=_("Ce numéro ne sera jamais celui du contre-appel."),
    )
    received_at = UtcField(label=_("Reçue le (UTC)"))
    legal_basis = forms.CharField(label=_("Fondement, comme il est écrit"), max_length=300)
    offence = forms.CharField(label=_("Infraction"), max_length=300, required=False)
    offence_class = forms.ChoiceField(label=_("Classe"), choices=OffenceClass.choices, initial=OffenceClass.DELIT)
    penalty_months = forms.IntegerField(label=_("Peine maximale, en mois d’emprisonnement"), min_value=0, max_value=1200, required=False)
    gate_case = forms.ChoiceField(label=_("Cas de l’article 60-1-2"), choices=_choices(GateCase), required=False)
    network = forms.BooleanField(label=_("Commise par un réseau de communication"), required=False)
    only_author = forms.BooleanField(label=_("Seulement pour identifier l’auteur"), required=False)
    victim_asks = forms.BooleanField(label=_("Terminal de la victime, à sa demande"), required=False)
    missing_article = forms.ChoiceField(label=_("Article de la disparition"), choices=_choices(MissingArticle), required=False)
    judge = forms.BooleanField(label=_("Ordonnée ou validée par un juge"), required=False)
    listed = forms.BooleanField(label=_("Infraction de la liste du règlement 2023/1543, article 5"), required=False)
    protected = forms.BooleanField(label=_("Vise un avocat, un journaliste ou une immunité"), required=False)
    confidential = forms.BooleanField(label=_("La personne ne doit pas être prévenue"), required=False, initial=True)
    confidential_until = UtcField(label=_("Confidentielle jusqu’au (UTC)"), required=False)
    categories = forms.MultipleChoiceField(label=_("Données demandées"), choices=DataCategory.choices, required=False)

    def facts(self) -> Facts:
        """What the gate is asked with, as far as it is typed."""
        found = self.cleaned_data if self.is_bound else {}
        case, article = found.get("gate_case"), found.get("missing_article")
        return Facts(
            kind=RequestKind(found.get("kind") or RequestKind.CPP_60_1),
            offence=found.get("offence") or "",
            offence_class=OffenceClass(found.get("offence_class") or OffenceClass.DELIT),
            penalty_months=found.get("penalty_months"),
            gate_case=GateCase(case) if case else None,
            missing_article=MissingArticle(article) if article else None,
            danger=found.get("danger") or "",
            **{name: bool(found.get(name)) for name in ("network", "only_author", "victim_asks", "judge", "listed")},
        )

    def boxes(self) -> list[dict[str, Any]]:
        """The categories as the page shows them: those that the gate shuts cannot be ticked, and say why."""
        shut, ticked = refusals_of(self.facts()), cast(QueryDict, self.data).getlist("categories") if self.is_bound else []
        return [
            {
                "value": one.value,
                "label": one.label,
                "why": shut[one].label if one in shut else "",
                "ticked": one in ticked and one not in shut,
            }
            for one in DataCategory
        ]

    def request(self, subjects: list[Named]) -> NewRequest:
        """The request that was typed, for the service."""
        found = self.cleaned_data
        plain = ("authority", "agent", "file_numbers", "legal_basis", "received_at", "emergency", "terrorist", "sender", "phone")
        kept = ("protected", "confidential", "confidential_until")
        return NewRequest(
            facts=self.facts(),
            channel=Channel(found["channel"]),
            subjects=subjects,
            categories=[DataCategory(word) for word in found["categories"]],
            **{name: found[name] for name in (*plain, *kept)},
        )


class SubjectForm(forms.Form):
    """One person whom the request names; an empty row is none."""

    kind = forms.ChoiceField(label=_("Désignée par"), choices=IdentifierKind.choices)
    given = forms.CharField(label=_("Comme dans la demande"), max_length=254, required=False)
    from_at = UtcField(label=_("Du (UTC)"), required=False)
    until_at = UtcField(label=_("Au (UTC)"), required=False)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("given") and not (found.get("from_at") and found.get("until_at")):
            raise forms.ValidationError(_("Donnez le début et la fin de la période."))
        return found

    def named(self) -> Named | None:
        """The person of this row, None where it is empty."""
        found = self.cleaned_data
        if not found.get("given"):
            return None
        return Named(IdentifierKind(found["kind"]), found["given"], found["from_at"], found["until_at"])


SubjectRows = forms.formset_factory(SubjectForm, extra=ROWS, max_num=50)


class CallBackForm(forms.Form):
    directory = forms.CharField(label=_("Annuaire public"), max_length=120)
    number = forms.CharField(label=_("Numéro appelé, pris dans cet annuaire"), max_length=40)
    answered_by = forms.CharField(label=_("Qui a répondu"), max_length=120)


class ScopeForm(forms.Form):
    categories = forms.MultipleChoiceField(
        label=_("Données qui seront réunies"), choices=DataCategory.choices, widget=forms.CheckboxSelectMultiple
    )


class WordsForm(forms.Form):
    """One sentence, whatever it is for."""

    words = forms.CharField(label=_("Raison"), max_length=500)


class AgreeForm(WordsForm):
    approval = forms.CharField(widget=forms.HiddenInput)


class LinksForm(forms.Form):
    """Messages by their links, one a line."""

    links = forms.CharField(
        label=_("Liens des messages, un par ligne"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
    )

    def clean_links(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["links"].splitlines() if line.strip()]


class RefuseForm(forms.Form):
    reason = forms.ChoiceField(label=_("Motif"), choices=FormalReason.choices)
    words = forms.CharField(label=_("Explication pour l’autorité"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class ReleaseForm(forms.Form):
    certificate = forms.CharField(
        label=_("Certificat X.509 de l’autorité (PEM)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("Sans certificat, une phrase de passe est créée. Elle est montrée une seule fois et part par un autre canal."),
    )


class EmptyForm(forms.Form):
    """A button."""
