"""What somebody says about their wallet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import Accent, Theme
from core.forms import MoneyField
from core.ids import BadClientId, parse_client_id

_PAUSES = [("1", _("24 heures")), ("7", _("7 jours")), ("30", _("30 jours"))]


class OnceForm(forms.Form):
    """A form that counts once however often it is sent: `cid` is the hidden id of the page that showed it."""

    cid = forms.CharField(widget=forms.HiddenInput)

    def clean_cid(self) -> UUID:
        try:
            return parse_client_id(self.cleaned_data["cid"])
        except BadClientId as error:
            raise forms.ValidationError(_("Rechargez la page et envoyez de nouveau.")) from error


class TopUpForm(OnceForm):
    """How much to put in: written by the person, nothing is proposed."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(label=_("Montant"), currency=currency, error_messages={"required": _("Écrivez un montant.")})


class LimitForm(forms.Form):
    """How much may be spent in 24 hours."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label, needed = _("Plafond sur 24 heures"), {"required": _("Écrivez un montant.")}
        self.fields["limit"] = MoneyField(label=label, currency=currency, error_messages=needed)


class PauseForm(forms.Form):
    """A break from spending, which nobody can end before its time."""

    days = forms.ChoiceField(
        label=_("Durée de la pause"),
        choices=_PAUSES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une durée."), "invalid_choice": _("Choisissez une durée de la liste.")},
    )
    sure = forms.BooleanField(
        label=_("J’ai compris : une pause ne s’abrège pas, même si je le demande"),
        error_messages={"required": _("Cochez cette case pour confirmer.")},
    )


class LookForm(forms.Form):
    """Theme and colour of the pages."""

    theme = forms.ChoiceField(label=_("Apparence"), choices=Theme.choices, required=False, widget=forms.RadioSelect)
    accent = forms.ChoiceField(label=_("Couleur"), choices=Accent.choices, required=False, widget=forms.RadioSelect)
