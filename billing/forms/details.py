"""What a payer tells of themselves for their invoices."""

from __future__ import annotations

from math import ceil
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.queries.countries import list_choices
from billing.queries.taxpayers import Details
from billing.services.taxpayers import LENGTHS, DetailsInvalid

_WHY = {
    "MISSING": _("Il le faut pour la facture d’une entreprise."),
    "TOO_LONG": _("C’est trop long."),
    "COUNTRY": _("Choisissez un pays de la liste."),
    "BAD_NUMBER": _("Ce n’est pas un numéro de TVA de l’Union européenne. Il commence par les deux lettres du pays."),
    "OTHER_COUNTRY": _("Ce numéro de TVA est d’un autre pays que l’adresse."),
}


def _text(label: Any, name: str, autocomplete: str, *, help_text: Any = "", required: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete, "dir": "auto"})
    return forms.CharField(label=label, max_length=LENGTHS[name], required=required, help_text=help_text, widget=widget)


class DetailsForm(forms.Form):
    """For oneself only the country is asked; for a company what the law wants to read. `wait`: seconds until it may be sent again."""

    country = forms.ChoiceField(
        label=_("Pays de facturation"),
        help_text=_("Il décide de la TVA qui est comprise dans les prix."),
        widget=forms.Select(attrs={"autocomplete": "country"}),
        error_messages={"required": _("Choisissez un pays de la liste."), "invalid_choice": _("Choisissez un pays de la liste.")},
    )
    name = _text(_("Nom sur la facture"), "name", "billing name", help_text=_("Vide : votre pseudonyme."))
    street = _text(_("Adresse"), "street", "billing street-address")
    postal_code = _text(_("Code postal"), "postal_code", "billing postal-code")
    town = _text(_("Ville"), "town", "billing address-level2")
    is_business = forms.BooleanField(label=_("J’achète pour une entreprise"), required=False)
    vat_number = _text(
        _("Numéro de TVA"),
        "vat_number",
        "off",
        help_text=_("D’une entreprise d’un autre pays de l’Union : s’il est au registre européen, la TVA n’est pas facturée."),
    )
    registration = _text(_("Immatriculation"), "registration", "off", help_text=_("SIREN en France, NIF à Madagascar."))
    wait = 0

    def __init__(self, *args: Any, told: Details | None, country: str, **kwargs: Any) -> None:
        known = told or Details(country=country)
        kwargs["initial"] = {name: getattr(known, name) for name in ("country", "is_business", *LENGTHS)}
        super().__init__(*args, **kwargs)
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list_choices()

    def details(self) -> Details:
        """What was typed, once the form is valid."""
        return Details(**self.cleaned_data)

    def refuse(self, error: DetailsInvalid) -> None:
        """Say beside its field why it was not taken."""
        self.add_error(error.field, _WHY[error.why])

    def refuse_pace(self, seconds: float) -> None:
        """Say that the register is not asked so often."""
        self.add_error("vat_number", _("Le registre européen a été interrogé trop souvent. Réessayez dans une heure."))
        self.wait = ceil(seconds)
