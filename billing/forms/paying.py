"""How somebody wants to pay: one of the providers on offer and, for those that ring a telephone, its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.enums import Provider
from billing.msisdn import BadMsisdn, find_operator, parse_msisdn
from billing.queries.methods import Method


class MethodForm(forms.Form):
    """The choice of a method. `client_key` makes one payment of two clicks. `confirmed` stands on the page only when the number looks like
    another operator's: numbers move, so that is a question and no refusal."""

    client_key = forms.CharField(max_length=36, widget=forms.HiddenInput)
    provider = forms.ChoiceField(
        label=_("Payer avec"), widget=forms.RadioSelect, error_messages={"required": _("Choisissez comment payer.")}
    )
    msisdn = forms.CharField(
        label=_("Numéro de téléphone du compte mobile"),
        required=False,
        max_length=24,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )
    confirmed = forms.BooleanField(label=_("Oui, ce numéro a bien un compte chez cet opérateur"), required=False)

    def __init__(self, *args: Any, methods: Sequence[Method], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ringing = {method.name for method in methods if method.rings}
        self.asks_for_number = bool(self._ringing)
        self.asks_to_confirm = False
        choice = self.fields["provider"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(method.name, method.label) for method in methods if method.answers]
        if not self.asks_for_number:
            del self.fields["msisdn"]

    def renew_key(self, key: str) -> None:
        """Make what was typed a new wish."""
        self.data = {name: self.data[name] for name in self.data} | {"client_key": key}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        provider = given.get("provider", "")
        if provider not in self._ringing:
            given["msisdn"] = ""
        elif "msisdn" not in self.errors:
            given["msisdn"] = self._read_number(provider, given)
        return given

    def _read_number(self, provider: str, given: dict[str, Any]) -> str:
        if not given.get("msisdn"):
            self.add_error("msisdn", _("Écrivez le numéro que l’opérateur doit appeler."))
            return ""
        try:
            number = parse_msisdn(given["msisdn"])
        except BadMsisdn:
            self.add_error("msisdn", _("Ce numéro n’est pas un numéro mobile de Madagascar, par exemple 034 00 000 03."))
            return ""
        operator = find_operator(number)
        if operator not in (None, provider) and not given.get("confirmed"):
            self.asks_to_confirm = True
            names = {"theirs": Provider(str(operator)).label, "chosen": Provider(provider).label}
            self.add_error("confirmed", _("Ce numéro commence comme ceux de %(theirs)s. A-t-il un compte %(chosen)s ?") % names)
        return number
