"""What providers say they booked, line by line, and what we recognised in it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import LineKind, MatchRule, Provider, StatementSource, StatementState
from billing.models.payment import Dispute, Payment, Refund
from core.fields import KeyField
from core.ids import new_public_id
from core.money import Money


class Statement(models.Model):
    """What one provider booked on one day. A file counts once a second person has confirmed it."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    provider = models.CharField(_("prestataire"), max_length=8, choices=Provider.choices)
    day = models.DateField(_("jour"))
    source = models.CharField(_("origine"), max_length=4, choices=StatementSource.choices)
    state = models.CharField(_("état"), max_length=9, choices=StatementState.choices)
    sha256 = models.CharField(_("empreinte"), max_length=64)
    # Provider and day while the statement waits or counts, null once withdrawn: one statement a day, on every engine.
    open_key = KeyField(max_length=24, unique=True, null=True, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("déposé par")
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("confirmé par")
    )
    created_at = models.DateTimeField(_("reçu le"))
    confirmed_at = models.DateTimeField(_("confirmé le"), null=True)
    # When every line of it had been compared with our books; asked again, it is set anew.
    matched_at = models.DateTimeField(_("rapproché le"), null=True)

    class Meta:
        verbose_name = _("relevé")
        verbose_name_plural = _("relevés")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["provider", "day"], name="statement_of_day")]

    def __str__(self) -> str:
        return f"{self.provider} {self.day}"


class StatementLine(models.Model):
    """One booking. `amount_minor` is signed by what it does to the money that the provider holds for us: a payment adds, the rest takes
    away, a dispute may do either. `raw` is sealed, for it may name telephones."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines", verbose_name=_("relevé"))
    number = models.PositiveIntegerField(_("ligne"))
    provider = models.CharField(_("prestataire"), max_length=8, choices=Provider.choices)
    kind = models.CharField(_("sorte de ligne"), max_length=8, choices=LineKind.choices)
    provider_ref = KeyField(_("référence du prestataire"), max_length=255)
    our_ref = KeyField(_("notre référence"), max_length=80, blank=True)
    amount_minor = models.BigIntegerField(_("montant"))
    currency = models.CharField(_("monnaie"), max_length=3)
    fee_minor = models.BigIntegerField(_("frais"), default=0)
    at = models.DateTimeField(_("heure"), db_index=True)
    raw = models.BinaryField(_("contenu scellé"), null=True)

    class Meta:
        verbose_name = _("ligne de relevé")
        verbose_name_plural = _("lignes de relevé")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["provider", "kind", "provider_ref"], name="statement_line_once"),
            models.CheckConstraint(condition=models.Q(fee_minor__gte=0), name="statement_fee_not_negative"),
        ]

    def __str__(self) -> str:
        return self.provider_ref

    @property
    def money(self) -> Money:
        """What was booked, signed."""
        return Money(self.amount_minor, self.currency)

    @property
    def sealing_ad(self) -> str:
        """What the sealed content is bound to."""
        return f"billing.StatementLine.raw:{self.provider}:{self.kind}:{self.provider_ref}"


class Match(models.Model):
    """A line and what it is in our books, by which rule, and who said so if no rule did."""

    line = models.OneToOneField(StatementLine, on_delete=models.PROTECT, related_name="match", verbose_name=_("ligne de relevé"))
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="matches", verbose_name=_("paiement"))
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="matches", verbose_name=_("remboursement"))
    dispute = models.ForeignKey(
        Dispute, on_delete=models.PROTECT, null=True, related_name="matches", verbose_name=_("contestation bancaire")
    )
    rule = models.CharField(_("règle"), max_length=12, choices=MatchRule.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    matched_at = models.DateTimeField(_("rapproché le"))

    class Meta:
        verbose_name = _("rapprochement")
        verbose_name_plural = _("rapprochements")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.line_id} {self.rule}"
