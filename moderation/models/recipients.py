"""How many people used the house in a month (DSA art. 24(3))."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MonthlyRecipients(models.Model):
    """One month: members who came at least once. Counted while it runs, never lowered, fixed when it is over."""

    month = models.DateField(_("mois"), unique=True)
    recipients = models.PositiveIntegerField(_("membres actifs"), default=0)
    in_union = models.PositiveIntegerField(_("dont dans l’Union européenne"), default=0)
    counted_at = models.DateTimeField(_("compté le"))

    class Meta:
        verbose_name = _("membres actifs d’un mois")
        verbose_name_plural = _("membres actifs par mois")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=models.Q(in_union__lte=models.F("recipients")), name="recipients_in_union_are_recipients")
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
