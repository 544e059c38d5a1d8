"""Banks of hashes of pictures that must not come back."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.enums import HashBankKind, Reason
from moderation.models.case import Case
from moderation.models.staff import StaffProfile


class HashBank(models.Model):
    """One bank a kind. Its row is locked while hashes come in: so their numbers are committed in order, and an index that has read up to
    one number has missed none before it."""

    kind = models.CharField(_("sorte"), max_length=16, choices=HashBankKind.choices, unique=True)

    class Meta:
        verbose_name = _("banque d’empreintes")
        verbose_name_plural = _("banques d’empreintes")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(HashBankKind(self.kind).label)


class HashEntry(models.Model):
    """One hash, where it came from and until when it counts. `reason` is what a picture is held for that is like it."""

    bank = models.ForeignKey(HashBank, on_delete=models.PROTECT, related_name="entries", verbose_name=_("banque"))
    algorithm = models.CharField(_("algorithme"), max_length=8, default="PDQ")
    value = models.CharField(_("empreinte"), max_length=64)
    reason = models.CharField(_("motif"), max_length=24, choices=Reason.choices)
    source = models.CharField(_("origine"), max_length=120)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("dossier"))
    added_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("ajoutée par"))
    added_at = models.DateTimeField(_("ajoutée le"))
    expires_at = models.DateTimeField(_("valable jusqu’au"), null=True)

    class Meta:
        verbose_name = _("empreinte")
        verbose_name_plural = _("empreintes")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["bank", "value"], name="hash_once_in_a_bank")]
        indexes = [models.Index(fields=["expires_at"], name="hash_entry_end")]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.value[:12]}…"
