"""What somebody fills in to cancel or to withdraw, with or without an account. The law lists what may be asked: nothing more is."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.services.contracts import Contact, Told
from core.ids import parse_client_id
from core.text import clean

# A name is repeated in a letter that goes to an address which nobody has proven: nothing in it may become a link.
_NAME = re.compile(r"[^\W_](?:\w|[ '’-]|\.(?= |\Z))*\Z")
_REFERENCE = re.compile(r"[A-Za-z0-9 -]*\Z")


class ContractForm(forms.Form):
    """Who one is, and which contract is meant."""

    name = forms.CharField(
        label=gettext_lazy("Votre nom"),
        help_text=gettext_lazy("Le nom que vous avez donné, ou votre pseudonyme."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={
            "required": gettext_lazy("Dites qui vous êtes."),
            "max_length": gettext_lazy("80 caractères au plus."),
        },
    )
    email = forms.EmailField(
        label=gettext_lazy("Votre adresse électronique"),
        help_text=gettext_lazy("Celle de votre compte. La confirmation y part tout de suite."),
        required=False,
        max_length=254,
        error_messages={"invalid": gettext_lazy("Cette adresse électronique n’est pas complète.")},
    )
    address = forms.CharField(
        label=gettext_lazy("Ou votre adresse postale"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": "3", "autocomplete": "street-address"}),
        error_messages={"max_length": gettext_lazy("300 caractères au plus.")},
    )
    reference = forms.CharField(
        label=gettext_lazy("Numéro de contrat"),
        help_text=gettext_lazy("Il est dans la confirmation de votre commande. Sans lui, une personne cherche votre contrat."),
        required=False,
        max_length=24,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"max_length": gettext_lazy("Un numéro de contrat a dix lettres et chiffres.")},
    )
    client_key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_name(self) -> str:
        name = clean(self.cleaned_data["name"], lines=False)
        if not _NAME.match(name):
            raise forms.ValidationError(_("Un nom s’écrit avec des lettres, sans adresse ni lien."))
        return name

    def clean_address(self) -> str:
        return clean(self.cleaned_data["address"])

    def clean_reference(self) -> str:
        reference: str = self.cleaned_data["reference"]
        if not _REFERENCE.match(reference):
            raise forms.ValidationError(_("Un numéro de contrat a dix lettres et chiffres."))
        return reference

    def clean_client_key(self) -> uuid.UUID:
        try:
            return parse_client_id(self.cleaned_data["client_key"])
        except ValueError as error:
            raise forms.ValidationError(_("Ce formulaire est abîmé. Rechargez la page.")) from error

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("email") and not data.get("address"):
            self.add_error("email", _("Donnez une adresse électronique ou postale, pour recevoir la confirmation."))
        return data

    def told(self, *, language: str, ip: str) -> Told:
        """What was typed, once the form is valid."""
        data = self.cleaned_data
        return Told(
            contact=Contact(name=data["name"], email=data["email"], address=data["address"]),
            reference=data["reference"],
            language=language,
            client_key=data["client_key"],
            ip=ip,
            user=self.user,
            wished_on=data.get("wished_on"),
        )


class CancelForm(ContractForm):
    """A cancellation also says from when."""

    wished_on = forms.DateField(
        label=gettext_lazy("À partir du"),
        help_text=gettext_lazy("Sans date : dès que possible."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Écrivez une date, par exemple 31/12/2026.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_wished_on(self) -> date | None:
        wished: date | None = self.cleaned_data["wished_on"]
        if wished is not None and wished < self.today:
            raise forms.ValidationError(_("Cette date est passée. Laissez vide pour résilier dès que possible."))
        if wished is not None and (wished - self.today).days > 800:
            raise forms.ValidationError(_("Cette date est trop loin."))
        return wished


class WithdrawForm(ContractForm):
    """A withdrawal says nothing more: no reason is owed."""
