"""A certificate that somebody wants checked: pasted, or as the file that they were sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.erasure.certificate import (
    MOST_BYTES,
    Certificate,
    CertificateAltered,
    CertificateForeign,
    CertificateUnreadable,
    read_certificate,
)

_REFUSALS: dict[type[ValueError], Any] = {
    CertificateUnreadable: _("Ce n’est pas une attestation d’effacement : collez le fichier entier, ou déposez-le sans l’ouvrir."),
    CertificateForeign: _("Cette attestation dit venir d’un autre site, ou sa clé a été changée. Ce site ne l’a pas signée."),
    CertificateAltered: _("Cette attestation a été modifiée : sa signature ne correspond pas à ce qu’elle dit."),
}


class CertificateForm(forms.Form):
    """The text or the file; `found` is the certificate once it holds."""

    text = forms.CharField(
        label=_("Texte de l’attestation"),
        required=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": "8", "spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"max_length": _REFUSALS[CertificateUnreadable]},
    )
    file = forms.FileField(
        label=_("Ou le fichier"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
        error_messages={"empty": _("Ce fichier est vide.")},
    )

    found: Certificate | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        text = _read(cleaned.get("file")) or (cleaned.get("text") or "").strip()
        if not text:
            raise forms.ValidationError(_("Collez l’attestation, ou choisissez son fichier."))
        try:
            self.found = read_certificate(text)
        except tuple(_REFUSALS) as error:
            raise forms.ValidationError(_REFUSALS[type(error)]) from error
        return cleaned


def _read(file: Any) -> str:
    """The text of a file; what is too long or is no text is no certificate either."""
    if file is None:
        return ""
    if file.size > MOST_BYTES:
        raise forms.ValidationError(_REFUSALS[CertificateUnreadable])
    return str(file.read().decode("utf-8-sig", "replace"))
