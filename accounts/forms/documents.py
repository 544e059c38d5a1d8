"""The image of a document, and what the team says of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import DocumentVerdict
from accounts.services.age import Paused
from accounts.services.documents import AlreadyOpen
from core.images import ImageTooLarge, NotAnImage
from core.ratelimit import RateLimited

_WORDS: dict[type[Exception], Any] = {
    NotAnImage: _("Ce fichier n’est pas une image que nous savons lire (JPEG, PNG, WebP ou GIF)."),
    ImageTooLarge: _("Cette image est trop grande : 10 Mo et 40 millions de pixels au plus."),
    RateLimited: _("Trop d’essais. Réessayez dans une heure."),
    Paused: _("Trop d’essais. Réessayez demain."),
    AlreadyOpen: _("Un autre document est déjà en cours d’examen. Retirez-le d’abord, ou attendez l’avis de l’équipe."),
}
# What the service may say against a file.
REFUSALS = tuple(_WORDS)


class DocumentForm(forms.Form):
    """One image, and the person's word that the rest is covered."""

    image = forms.FileField(
        label=_("Photo du document"),
        help_text=_("JPEG, PNG, WebP ou GIF, 10 Mo au plus."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
        error_messages={"required": _("Choisissez une image."), "empty": _WORDS[NotAnImage], "missing": _("Choisissez une image.")},
    )
    covered = forms.BooleanField(
        label=_("J’ai tout caché, sauf la photo et la date de naissance"),
        error_messages={"required": _("Cachez le reste du document, puis cochez cette case.")},
    )

    def refuse(self, error: Exception) -> None:
        """Show why the service did not take it."""
        self.add_error("image", _WORDS[type(error)])


class VerdictForm(forms.Form):
    """What a document shows; nothing is chosen beforehand."""

    verdict = forms.ChoiceField(label=_("Votre avis"), choices=DocumentVerdict.choices, widget=forms.RadioSelect)
