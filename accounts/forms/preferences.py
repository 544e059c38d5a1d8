"""Preferences, and accepting new versions of the texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import DocumentType, Language, Theme
from accounts.models import LegalDocument
from accounts.services.preferences import Preferences

_GUEST_FIELDS = ("language", "theme", "data_saver")


class PreferencesForm(forms.Form):
    """All choices of a member; `guest=True` leaves those that a cookie can keep."""

    language = forms.ChoiceField(label=_("Langue"), choices=Language.choices)
    theme = forms.ChoiceField(label=_("Apparence"), choices=Theme.choices, required=False)
    data_saver = forms.BooleanField(
        label=_("Économiser les données"), required=False, help_text=_("Les images ne viennent que si vous les demandez.")
    )
    hide_presence = forms.BooleanField(
        label=_("Cacher ma présence"), required=False, help_text=_("Les autres ne voient plus si vous êtes là.")
    )
    discreet = forms.BooleanField(
        label=_("Mode discret"),
        required=False,
        help_text=_("Les titres d’onglet ne disent que le nom du site ; noms et aperçus restent flous tant que vous ne les touchez pas."),
    )
    enter_sends = forms.BooleanField(label=_("La touche Entrée envoie le message"), required=False)

    def __init__(self, *args: Any, guest: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if guest:
            for name in set(self.fields) - set(_GUEST_FIELDS):
                del self.fields[name]

    def preferences(self) -> Preferences:
        """What a member chose."""
        return Preferences(**self.cleaned_data)


class AgreeForm(forms.Form):
    """One box for each text that must be accepted again, never ticked beforehand."""

    def __init__(self, *args: Any, documents: Iterable[LegalDocument], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            DocumentType.CHARTER: _("J’accepte la charte"),
            DocumentType.TERMS: _("J’accepte les conditions d’utilisation"),
        }
        for document in documents:
            self.fields[document.doc_type.lower()] = forms.BooleanField(
                label=labels[DocumentType(document.doc_type)],
                error_messages={"required": _("Cochez cette case pour continuer.")},
            )

    def accepted(self) -> list[str]:
        """The document types whose boxes were ticked."""
        return [name.upper() for name, ticked in self.cleaned_data.items() if ticked]
