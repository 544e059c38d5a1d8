"""What the money team fills in to change what is for sale: every change says why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import ContractRequest, Coupon, Plan, Price
from billing.services.contracts import NOTE
from billing.services.coupons import normalise
from billing.services.plans import REASON, keeps_promise
from core.money import EXPONENTS


class ReasonedForm(forms.ModelForm[Any]):
    """A form of the admin with a reason that goes into the audit chain."""

    reason = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=REASON,
        error_messages={"required": gettext_lazy("Dites pourquoi : chaque changement de ce qui est à vendre est gardé avec sa raison.")},
    )

    def clean_reason(self) -> str:
        reason = " ".join(str(self.cleaned_data["reason"]).split())
        if not reason:
            raise forms.ValidationError(_("Dites pourquoi : chaque changement de ce qui est à vendre est gardé avec sa raison."))
        return reason


class PlanForm(ReasonedForm):
    class Meta:
        model = Plan
        fields = ["active"]


class PriceForm(ReasonedForm):
    class Meta:
        model = Price
        fields = ["active"]


class CouponAdminForm(ReasonedForm):
    """A coupon takes off either a share or an amount, and what people were promised stays."""

    class Meta:
        model = Coupon
        fields = [
            *("code", "percent", "amount_minor", "currency", "duration", "periods", "starts_at", "ends_at"),
            *("max_redemptions", "plans", "first_purchase_only", "active"),
        ]

    def clean_code(self) -> str:
        code = normalise(self.cleaned_data["code"])
        if len(code) < 4 or not code.isascii() or not code.isalnum():
            raise forms.ValidationError(_("Un code a quatre à vingt-quatre lettres ou chiffres, sans accent."))
        return code

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).upper()
        if currency and (currency not in EXPONENTS or currency == "PTS"):
            raise forms.ValidationError(_("Cette monnaie n’est pas de celles que nous prenons."))
        return currency

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        percent, amount, currency = data.get("percent"), data.get("amount_minor"), data.get("currency", "")
        if percent is not None and (amount is not None or currency):
            self.add_error("percent", _("Un pourcentage, ou un montant avec sa monnaie : l’un des deux."))
        elif percent is None and (amount is None or not currency):
            self.add_error("amount_minor", _("Un pourcentage, ou un montant avec sa monnaie : l’un des deux."))
        if percent is not None and not 1 <= percent <= 100:
            self.add_error("percent", _("De 1 à 100."))
        if amount is not None and amount <= 0:
            self.add_error("amount_minor", _("Plus que rien."))
        self._check_times(data)
        if not self.errors and not keeps_promise(self.instance.pk, data):
            self.add_error(
                "code", _("Des personnes ont utilisé ce code : ce qu’il promet ne change plus. Arrêtez-le et faites-en un autre.")
            )
        return data

    def _check_times(self, data: dict[str, Any]) -> None:
        repeating = data.get("duration") == "REPEATING"
        if repeating != bool(data.get("periods")):
            self.add_error("periods", _("Le nombre de périodes se donne pour « plusieurs fois », et seulement alors."))
        starts, ends = data.get("starts_at"), data.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("La fin vient après le début."))
        redeemed, most = self.instance.redeemed, data.get("max_redemptions")
        if most is not None and most < max(redeemed, 1):
            self.add_error("max_redemptions", _("Pas moins que les personnes qui l’ont déjà utilisé."))


class SettleForm(forms.ModelForm[ContractRequest]):
    """What was done about a cancellation or a withdrawal whose contract had to be found."""

    note = forms.CharField(
        label=gettext_lazy("Ce qui a été fait"),
        max_length=NOTE,
        widget=forms.Textarea(attrs={"rows": "3"}),
        error_messages={"required": gettext_lazy("Dites ce qui a été fait.")},
    )

    class Meta:
        model = ContractRequest
        fields = ["note"]
