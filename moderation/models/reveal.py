"""That somebody of the team looked at a picture in full size."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.models.case import Evidence
from moderation.models.staff import StaffProfile


class Reveal(models.Model):
    """One look. The audit chain holds why; this row counts how many a person takes in a day, and opens the picture for a minute."""

    staff = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, related_name="+", verbose_name=_("regardé par"))
    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="+", verbose_name=_("preuve"))
    # SHA-256 of the token in the address; the token itself is in one answer alone.
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    at = models.DateTimeField(_("le"))

    class Meta:
        verbose_name = _("image regardée")
        verbose_name_plural = _("images regardées")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["staff", "at"])]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.at:%Y-%m-%d %H:%M}"
