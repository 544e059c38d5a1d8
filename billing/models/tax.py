"""What a sale is taxed by: rates, what a payer says of where they live and for whom they buy, and what proves it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import ProofKind, VatNumberState
from billing.models.payment import Payment
from billing.models.rates import STANDARD
from core.fields import KeyField
from core.ids import new_public_id


class VatRule(models.Model):
    """A rate of VAT since a day. `kind` is STANDARD, or a purpose (billing.enums.Purpose) that a country taxes otherwise. `source` and
    `checked_on` say where somebody read it and when: empty for what ships and nobody has looked up."""

    country = models.CharField(_("pays"), max_length=2)
    kind = models.CharField(_("sorte de vente"), max_length=16, default=STANDARD)
    rate_bp = models.PositiveIntegerField(_("taux, en centièmes de pour cent"))
    valid_from = models.DateField(_("valable depuis"))
    source = models.CharField(_("source"), max_length=300, blank=True)
    checked_on = models.DateField(_("vérifié le"), null=True)

    class Meta:
        verbose_name = _("taux de TVA")
        verbose_name_plural = _("taux de TVA")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["country", "kind", "valid_from"], name="vat_rule_once_a_day"),
            models.CheckConstraint(condition=models.Q(rate_bp__lt=10_000), name="vat_rate_below_the_price"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.kind} {self.rate_bp} {self.valid_from}"


class VatProposal(models.Model):
    """A rate that one of the money team wants to have, or has looked up and found right; it counts once another agrees.

    `open_key` is what it is about while it waits, null after: one proposal at a time. `agreed` is null while it waits.
    """

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    country = models.CharField(_("pays"), max_length=2)
    kind = models.CharField(_("sorte de vente"), max_length=16, default=STANDARD)
    rate_bp = models.PositiveIntegerField(_("taux, en centièmes de pour cent"))
    valid_from = models.DateField(_("valable depuis"))
    source = models.CharField(_("source"), max_length=300)
    checked_on = models.DateField(_("vérifié le"))
    open_key = KeyField(max_length=40, unique=True, null=True, editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("proposé par")
    )
    proposed_at = models.DateTimeField(_("proposé le"))
    agreed = models.BooleanField(_("accepté"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("décidé par")
    )
    decided_at = models.DateTimeField(_("décidé le"), null=True)

    class Meta:
        verbose_name = _("taux de TVA proposé")
        verbose_name_plural = _("taux de TVA proposés")
        default_permissions = ("view",)
        constraints = [models.CheckConstraint(condition=models.Q(rate_bp__lt=10_000), name="vat_proposal_below_the_price")]

    def __str__(self) -> str:
        return f"{self.country} {self.kind} {self.rate_bp} {self.valid_from}"


class BillingDetails(models.Model):
    """Where a payer lives and for whom they buy. Name, address and numbers lie sealed in `details` (JSON); they leave with the account."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="billing_details", verbose_name=_("payeur")
    )
    country = models.CharField(_("pays de facturation"), max_length=2)
    is_business = models.BooleanField(_("achète pour une entreprise"), default=False)
    details = models.BinaryField(_("coordonnées scellées"))
    vat_state = models.CharField(_("numéro de TVA"), max_length=10, choices=VatNumberState.choices, default=VatNumberState.NONE)
    vat_checked_at = models.DateTimeField(_("vérifié le"), null=True)
    # What the register calls this answer: the proof that it was asked.
    vat_consultation = models.CharField(_("numéro de consultation"), max_length=40, blank=True)
    updated_at = models.DateTimeField(_("changées le"))

    class Meta:
        verbose_name = _("coordonnées de facturation")
        verbose_name_plural = _("coordonnées de facturation")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} {self.country}"


class LocationProof(models.Model):
    """One thing that said where a payer was at a payment. Kept as long as its invoice."""

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="location_proofs", verbose_name=_("paiement"))
    kind = models.CharField(_("preuve"), max_length=7, choices=ProofKind.choices)
    country = models.CharField(_("pays"), max_length=2)
    noted_at = models.DateTimeField(_("notée le"))

    class Meta:
        verbose_name = _("preuve de lieu")
        verbose_name_plural = _("preuves de lieu")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["payment", "kind"], name="location_proof_once_a_kind")]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.kind} {self.country}"
