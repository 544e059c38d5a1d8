"""Fields of forms that Django does not bring."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.money import Money, NotAnAmount, format_money

_WHEN = "%Y-%m-%dT%H:%M"
_EXAMPLES = {"MGA": 5000, "KMF": 500}


class MoneyField(forms.CharField):
    """A sum in one currency, as people write it: "1 500", "12,50". Nothing is filled in beforehand, and nothing that is not more than
    nothing passes."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        super().__init__(max_length=30, **kwargs)
        self.currency = currency
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        """The sum as Money; None when the field is empty and may be."""
        text = super().clean(value)
        if not text:
            return None
        try:
            money = Money.parse(text, self.currency)
        except NotAnAmount as error:
            example = Money(_EXAMPLES.get(self.currency, 12_50), self.currency)
            words = _("Écrivez un montant, par exemple %(example)s.")
            raise forms.ValidationError(words % {"example": format_money(example, get_language() or "fr")}) from error
        if money.amount_minor <= 0:
            raise forms.ValidationError(_("Indiquez un montant supérieur à zéro."))
        return money


class UtcField(forms.DateTimeField):
    """A time of the form that is UTC whatever the browser's clock says."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_WHEN)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=[_WHEN, "%Y-%m-%dT%H:%M:%S"], **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        found = super().to_python(value)
        return found.replace(tzinfo=UTC) if found else None
