"""What the team types to give money back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.enums import RefundChannel, RefundReason


class RefundForm(forms.Form):
    """How much, why, and by which way; the amount is read in the currency of the payment by whoever shows the form."""

    amount = forms.CharField(label=_("Montant à rendre"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    reason = forms.ChoiceField(label=_("Raison"), choices=RefundReason.choices)
    channel = forms.ChoiceField(
        label=_("Voie"), required=False, choices=[("", _("Par le prestataire s’il le peut")), *RefundChannel.choices]
    )
    note = forms.CharField(label=_("Explication"), max_length=300)


class ReferenceForm(forms.Form):
    """The operator's own reference of a payout that was made by its tool."""

    operator_reference = forms.CharField(label=_("Référence donnée par l’opérateur"), max_length=64)
