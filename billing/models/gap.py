"""What our books and a provider's do not agree on, until somebody has ended it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import GapEnd, GapKind, Provider
from billing.models.payment import Payment, Refund
from billing.models.statement import StatementLine
from core.fields import KeyField
from core.ids import new_public_id


class Gap(models.Model):
    """One line of the three lists. It has a line of theirs, a payment or refund of ours, or both; `differences` are codes."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("liste"), max_length=11, choices=GapKind.choices)
    provider = models.CharField(_("prestataire"), max_length=8, choices=Provider.choices)
    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, null=True, related_name="gaps", verbose_name=_("ligne de relevé"))
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="gaps", verbose_name=_("paiement"))
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="gaps", verbose_name=_("remboursement"))
    differences = models.JSONField(_("ce qui diffère"), default=list)
    # What it is about while open, null after: found again every day, it stands in the list once.
    open_key = KeyField(max_length=64, unique=True, null=True, editable=False)
    found_at = models.DateTimeField(_("constaté le"))
    end = models.CharField(_("fin"), max_length=8, choices=GapEnd.choices, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("terminé par")
    )
    ended_at = models.DateTimeField(_("terminé le"), null=True)

    class Meta:
        verbose_name = _("écart")
        verbose_name_plural = _("écarts")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["provider", "found_at"], name="gap_found")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(open_key__isnull=False, end="", ended_at__isnull=True)
                | (models.Q(open_key__isnull=True, ended_at__isnull=False) & ~models.Q(end="")),
                name="gap_open_or_ended",
            )
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_open(self) -> bool:
        """Whether nobody has ended it yet."""
        return self.open_key is not None
