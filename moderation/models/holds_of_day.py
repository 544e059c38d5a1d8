"""What rules held back on a day, and what people made of it: the hits themselves are deleted after 90 days."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class HoldsOfDay(models.Model):
    """One day (UTC) in numbers. Counted again while people may still decide, then left as it is."""

    day = models.DateField(_("jour"), unique=True)
    held = models.PositiveIntegerField(_("retenus"))
    released = models.PositiveIntegerField(_("publiés par une personne"))
    refused = models.PositiveIntegerField(_("refusés par une personne"))
    counted_at = models.DateTimeField(_("compté le"))

    class Meta:
        verbose_name = _("textes retenus d’un jour")
        verbose_name_plural = _("textes retenus par jour")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
