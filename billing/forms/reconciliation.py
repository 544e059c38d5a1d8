"""What the team types about statements and the entries of the three lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.enums import Provider, RefundReason
from billing.providers.statement_files import COLUMNS, MAX_BYTES, Fault, FileFault
from billing.services.reconciliation.gaps import LONGEST_NOTE
from core.money import Money, NotAnAmount


def words_of(fault: Fault) -> str:
    """One fault of a file, with its line."""
    seen = f" ({fault.seen})" if fault.seen else ""
    return gettext("Ligne %(line)d : %(words)s") % {"line": fault.line, "words": f"{fault.why.label}{seen}"}


class UploadForm(forms.Form):
    """An operator's file for a day."""

    provider = forms.ChoiceField(label=_("Opérateur"), choices=[(name, Provider(name).label) for name in COLUMNS])
    day = forms.DateField(
        label=_("Jour du relevé"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("De quel jour ?"), "invalid": _("Écrivez le jour, par exemple 2026-11-25.")},
    )
    file = forms.FileField(
        label=_("Fichier CSV"),
        max_length=200,
        error_messages={"required": _("Choisissez un fichier."), "empty": _("Ce fichier est vide.")},
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(FileFault.TOO_LARGE.label)
        data: bytes = file.read()
        return data


class NoteForm(forms.Form):
    """Why an entry ends."""

    note = forms.CharField(
        label=_("Explication"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": "3"}),
        error_messages={"required": _("Dites pourquoi, en quelques mots.")},
    )


class SettleForm(NoteForm):
    """Which payment of ours a line is; empty for a line that is known."""

    reference = forms.CharField(label=_("Notre référence du paiement"), max_length=20, required=False)


class RefundForm(NoteForm):
    """How much goes back, and on which ground."""

    amount = forms.CharField(label=_("Montant"), max_length=20, error_messages={"required": _("Écrivez un montant.")})
    reason = forms.ChoiceField(label=_("Raison"), choices=RefundReason.choices, initial=RefundReason.DUPLICATE)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._currency = currency

    def clean_amount(self) -> Money:
        try:
            return Money.parse(self.cleaned_data["amount"], self._currency)
        except NotAnAmount as error:
            raise forms.ValidationError(_("Écrivez un montant, sans plus de décimales que n’en a la monnaie.")) from error
