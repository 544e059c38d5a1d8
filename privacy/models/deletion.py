"""That something was destroyed, without a word of what it was."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.enums import DeletionReason


class DeletionRecord(models.Model):
    """One batch: how many rows of which kind, when, under which rule. Nothing about anybody.

    `kept`: how long each of the rows was kept at least after its clock began.
    """

    at = models.DateTimeField(_("le"))
    code = models.CharField(_("code"), max_length=24)
    store = models.CharField(_("table"), max_length=64)
    rows = models.PositiveIntegerField(_("lignes"))
    kept = models.DurationField(_("durée de la règle"))
    reason = models.CharField(_("raison"), max_length=9, choices=DeletionReason.choices)

    class Meta:
        verbose_name = _("destruction")
        verbose_name_plural = _("destructions")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["code", "at"])]

    def __str__(self) -> str:
        return f"{self.code} {self.rows}"
