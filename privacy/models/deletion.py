"""That something was destroyed, without a word of what it was."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.enums import DeletionReason


class DeletionRecord(models.Model):
    """One deed: how many rows of which kind, when, under which rule, as a link of a chain (privacy.services.records). Nothing about
    anybody: whose rows they were only who knows the account can find out, by `subject_mac`.

    `kept`: how long each of the rows was kept at least after its clock began. `seq` is empty for what was written before the chain began.
    """

    seq = models.BigIntegerField(_("numéro"), unique=True, null=True)
    at = models.DateTimeField(_("le"))
    code = models.CharField(_("code"), max_length=24)
    store = models.CharField(_("table"), max_length=64)
    rows = models.PositiveIntegerField(_("lignes"))
    kept = models.DurationField(_("durée de la règle"))
    reason = models.CharField(_("raison"), max_length=10, choices=DeletionReason.choices)
    subject_mac = models.CharField(_("empreinte de la personne"), max_length=64, blank=True, db_default="", db_index=True)
    step = models.CharField(_("étape"), max_length=24, blank=True, db_default="")
    job = models.CharField(_("tâche"), max_length=32, blank=True, db_default="")
    result = models.CharField(_("résultat"), max_length=120, blank=True, db_default="")
    kid = models.PositiveIntegerField(default=0, db_default=0)
    prev_mac = models.CharField(max_length=64, blank=True, db_default="")
    mac = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        verbose_name = _("destruction")
        verbose_name_plural = _("destructions")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["code", "at"]), models.Index(fields=["at"], name="deletion_at")]

    def __str__(self) -> str:
        return f"{self.code} {self.rows}"


class DeletionHead(models.Model):
    """The end of the chain: one row, locked by who appends."""

    seq = models.BigIntegerField()
    mac = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("fin du journal des destructions")
        verbose_name_plural = _("fins du journal des destructions")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.seq)
