"""A payment, what went back of it, and what the payer's bank disputes."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import DisputeStatus, PaymentState, Provider, Purpose, RefundChannel, RefundReason, RefundState
from core.fields import KeyField
from core.ids import new_public_id
from core.money import Money

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_reference() -> str:
    """Our name of a payment at its provider: 20 characters, as the shortest of their fields allows."""
    return "".join(secrets.choice(_LETTERS) for _unused in range(20))


def new_callback_token() -> str:
    """256 bits, safe in a URL: who knows it may name this payment, nothing else."""
    return secrets.token_urlsafe(32)


class Payment(models.Model):
    """One try of one person to pay one thing by one provider; it is left for good once it has succeeded."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="payments", verbose_name=_("payeur")
    )
    purpose = models.CharField(_("objet"), max_length=12, choices=Purpose.choices)
    subject_key = KeyField(_("ce qui est payé"), max_length=80, db_index=True)
    amount_minor = models.BigIntegerField(_("montant"))
    currency = models.CharField(_("monnaie"), max_length=3)
    provider = models.CharField(_("prestataire"), max_length=8, choices=Provider.choices)
    state = models.CharField(_("état"), max_length=9, choices=PaymentState.choices, default=PaymentState.CREATED)
    our_reference = KeyField(_("notre référence"), max_length=20, unique=True, default=new_reference)
    attempt = models.PositiveSmallIntegerField(_("tentative"), default=1)
    submit_key = models.UUIDField(default=uuid.uuid4, editable=False)
    callback_token = KeyField(max_length=64, unique=True, default=new_callback_token, editable=False)
    provider_ref = KeyField(_("référence du prestataire"), max_length=255, null=True)
    settle_ref = KeyField(_("référence du règlement"), max_length=255, null=True)
    # Sealed; the hash finds the prompts that went to one telephone.
    payer_msisdn = models.BinaryField(_("numéro scellé"), null=True, editable=False)
    msisdn_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    # Sealed: where the payer goes on, and what the provider gave that only asking it needs (Orange's tokens).
    redirect_url = models.BinaryField(null=True, editable=False)
    provider_secret = models.BinaryField(null=True, editable=False)
    # The subject while open, null after: one open payment a subject, on every engine.
    open_key = KeyField(max_length=80, unique=True, null=True, editable=False)
    client_key = models.UUIDField(editable=False)
    checks = models.PositiveSmallIntegerField(_("demandes faites"), default=0)
    next_check_at = models.DateTimeField(_("prochaine demande"), null=True, db_index=True)
    created_at = models.DateTimeField(_("créé le"))
    submitted_at = models.DateTimeField(_("envoyé le"), null=True)
    settled_at = models.DateTimeField(_("réglé le"), null=True, db_index=True)
    expires_at = models.DateTimeField(_("expire le"))
    failure_code = models.CharField(_("cause de l’échec"), max_length=48, blank=True)
    # What did not agree when it was settled; a person looks at it.
    flag = models.CharField(_("à regarder"), max_length=48, blank=True)

    class Meta:
        verbose_name = _("paiement")
        verbose_name_plural = _("paiements")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["payer", "client_key"], name="payment_once_a_form"),
            models.UniqueConstraint(fields=["provider", "provider_ref"], name="payment_provider_ref"),
            models.UniqueConstraint(fields=["provider", "settle_ref"], name="payment_settle_ref"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_of_something"),
        ]
        indexes = [models.Index(fields=["state", "next_check_at"], name="payment_due")]

    def __str__(self) -> str:
        return self.our_reference

    @property
    def money(self) -> Money:
        """What is to be paid."""
        return Money(self.amount_minor, self.currency)

    def sealing_ad(self, field: str) -> str:
        """What a sealed column of this payment is bound to."""
        return f"billing.Payment.{field}:{self.public_id}"


class PaymentStep(models.Model):
    """One line in the story of a payment or of its refund: from which state to which, and why. Rows are added, never changed."""

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="steps", verbose_name=_("paiement"))
    refund = models.ForeignKey("Refund", on_delete=models.CASCADE, null=True, related_name="steps", verbose_name=_("remboursement"))
    from_state = models.CharField(_("de l’état"), max_length=9, blank=True)
    to_state = models.CharField(_("à l’état"), max_length=9)
    why = models.CharField(_("pourquoi"), max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("le"))

    class Meta:
        verbose_name = _("étape d’un paiement")
        verbose_name_plural = _("étapes de paiements")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"


class Refund(models.Model):
    """Money that goes back to the payer, whole or in part."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("paiement"))
    amount_minor = models.BigIntegerField(_("montant"))
    reason = models.CharField(_("raison"), max_length=16, choices=RefundReason.choices)
    channel = models.CharField(_("voie"), max_length=8, choices=RefundChannel.choices)
    state = models.CharField(_("état"), max_length=9, choices=RefundState.choices, default=RefundState.REQUESTED)
    provider_ref = KeyField(_("référence du prestataire"), max_length=255, null=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("demandé par")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("approuvé par")
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("envoyé par")
    )
    checks = models.PositiveSmallIntegerField(_("demandes faites"), default=0)
    next_check_at = models.DateTimeField(_("prochaine demande"), null=True, db_index=True)
    created_at = models.DateTimeField(_("créé le"))
    submitted_at = models.DateTimeField(_("envoyé le"), null=True)
    settled_at = models.DateTimeField(_("réglé le"), null=True)
    failure_code = models.CharField(_("cause de l’échec"), max_length=48, blank=True)
    # Of a refund by hand: why, in words, by whoever asked, and the operator's reference until a second person has seen it.
    note = models.CharField(_("explication"), max_length=300, blank=True)
    operator_reference = KeyField(_("référence de l’opérateur"), max_length=64, null=True, unique=True)

    class Meta:
        verbose_name = _("remboursement")
        verbose_name_plural = _("remboursements")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_of_something"),
            models.UniqueConstraint(fields=["channel", "provider_ref"], name="refund_provider_ref"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def money(self) -> Money:
        """What goes back, in the currency that was paid."""
        return Money(self.amount_minor, self.payment.currency)


class Dispute(models.Model):
    """The payer's bank asks the money back; we may answer until `evidence_due_at`."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes", verbose_name=_("paiement"))
    provider_ref = KeyField(_("référence du prestataire"), max_length=255, unique=True)
    amount_minor = models.BigIntegerField(_("montant"))
    status = models.CharField(_("état"), max_length=4, choices=DisputeStatus.choices, default=DisputeStatus.OPEN)
    evidence_due_at = models.DateTimeField(_("répondre avant le"), null=True)
    opened_at = models.DateTimeField(_("ouverte le"))
    closed_at = models.DateTimeField(_("close le"), null=True)

    # Whether the bank has taken the money meanwhile, and how we were warned of the last day to answer.
    funds_withdrawn = models.BooleanField(_("argent repris"), default=False)
    warned_at = models.DateTimeField(_("rappelée le"), null=True)

    class Meta:
        verbose_name = _("contestation bancaire")
        verbose_name_plural = _("contestations bancaires")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.provider_ref
