"""What the house has learned about the order of its queue."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class QueueRanker(models.Model):
    """One learning from decided cases. The newest that is better than chance orders the queue; rows are added, never changed."""

    # SIZE weights of one byte (moderation.screening.ranking), times `scale`
    weights = models.BinaryField(editable=False)
    scale = models.FloatField(_("échelle"))
    bias = models.FloatField(_("départ"))
    texts = models.PositiveIntegerField(_("textes"))
    acted = models.PositiveIntegerField(_("textes suivis d’une mesure"))
    # cross-validated by case: 0.5 is chance
    auc = models.FloatField(_("justesse"))
    trained_at = models.DateTimeField(_("appris le"))

    class Meta:
        verbose_name = _("ordre appris")
        verbose_name_plural = _("ordres appris")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.pk} {self.auc:.2f}"
