"""What a day earned, in figures that can be made anew from the ledger at any time."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import RevenueSource


class RevenueDay(models.Model):
    """One day, one source, one currency, in minor units. `gross_minor` holds the tax; what went back stands in `refunds_minor`, tax
    included as well; `vat_minor` is what remains of the tax after that. Nothing here is truth: the ledger is."""

    date = models.DateField(_("jour"))
    source = models.CharField(_("source"), max_length=12, choices=RevenueSource.choices)
    currency = models.CharField(_("monnaie"), max_length=3)
    gross_minor = models.BigIntegerField(_("brut"), default=0)
    refunds_minor = models.BigIntegerField(_("remboursé"), default=0)
    vat_minor = models.BigIntegerField(_("TVA"), default=0)
    fees_minor = models.BigIntegerField(_("frais"), default=0)
    partners_minor = models.BigIntegerField(_("part des partenaires"), default=0)

    class Meta:
        verbose_name = _("recette d’un jour")
        verbose_name_plural = _("recettes par jour")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["date", "source", "currency"], name="revenue_day_once")]

    def __str__(self) -> str:
        return f"{self.date} {self.source} {self.currency}"

    @property
    def net_minor(self) -> int:
        """What is left of the day: without tax, fees, and what went back."""
        return self.gross_minor - self.refunds_minor - self.vat_minor - self.fees_minor
