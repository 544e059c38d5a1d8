"""Agreeing freely, and taking it back: what each purpose means, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import ConsentPurpose
from accounts.models import LegalDocument
from accounts.queries import FreeConsent


class GiveForm(forms.Form):
    """One box, never ticked beforehand."""

    agree = forms.BooleanField(
        label=gettext_lazy("J’ai lu ce texte et je donne mon accord"),
        error_messages={"required": gettext_lazy("Cochez cette case pour donner votre accord, ou revenez en arrière.")},
    )


@dataclass(frozen=True, slots=True)
class ConsentWords:
    """A free consent with what it is for, and what taking it back means."""

    purpose: str
    document: LegalDocument
    given_at: datetime | None
    what: str
    without: str


def describe(consent: FreeConsent) -> ConsentWords:
    """In the language that is active."""
    what, without = {
        ConsentPurpose.ART9_SENSITIVE_ROOMS: (
            _("Entrer dans les salons qui parlent d’orientation, de santé, de croyance ou de politique."),
            _("Si vous le retirez, vous quittez ces salons aussitôt. Vos messages y restent jusqu’à leur terme."),
        )
    }[ConsentPurpose(consent.purpose)]
    return ConsentWords(consent.purpose, consent.document, consent.given_at, what, without)
