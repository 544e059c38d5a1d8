"""Civil identity, as far as a person wants to give it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.services.identity import LENGTHS, Identity

_WORDS = {
    "": _("Écrivez au moins un élément."),
    "name": _("Ce nom est trop long."),
    "postal_address": _("Cette adresse est trop longue."),
    "phone": _("Ce numéro n’est pas un numéro de téléphone."),
    "birth_date": _("Cette date n’est pas une date de naissance."),
}


class IdentityForm(forms.Form):
    """Always empty when it is shown: what was given is not read back."""

    name = forms.CharField(label=_("Nom et prénoms"), max_length=LENGTHS["name"], required=False)
    birth_date = forms.DateField(
        label=_("Date de naissance"), required=False, widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"})
    )
    postal_address = forms.CharField(
        label=_("Adresse postale"), max_length=LENGTHS["postal_address"], required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    phone = forms.CharField(
        label=_("Téléphone"), max_length=24, required=False, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    )

    def identity(self) -> Identity:
        """What was typed."""
        data = self.cleaned_data
        born = data["birth_date"].isoformat() if data["birth_date"] else ""
        return Identity(name=data["name"], birth_date=born, postal_address=data["postal_address"], phone=data["phone"])

    def refuse(self, field: str) -> None:
        """Show why the service did not take it."""
        self.add_error(field or None, _WORDS[field])
