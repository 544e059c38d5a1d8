"""Two persons for what nobody does alone."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from moderation.enums import ApprovalKind
from moderation.models.staff import StaffProfile


class SecondApproval(models.Model):
    """One person asked with a reason, another agreed with theirs; used once, within 24 hours."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("acte"), max_length=24, choices=ApprovalKind.choices)
    object_ref = models.CharField(_("objet"), max_length=64)
    asked_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, related_name="+", verbose_name=_("demandé par"))
    reason = models.CharField(_("raison"), max_length=500)
    asked_at = models.DateTimeField(_("demandé le"))
    expires_at = models.DateTimeField(_("valable jusqu’au"))
    approved_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("approuvé par"))
    approval_reason = models.CharField(_("raison de l’accord"), max_length=500, blank=True)
    approved_at = models.DateTimeField(_("approuvé le"), null=True)
    used_at = models.DateTimeField(_("employé le"), null=True)

    class Meta:
        verbose_name = _("accord à deux")
        verbose_name_plural = _("accords à deux")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["kind", "object_ref"])]
        constraints = [
            models.CheckConstraint(condition=~models.Q(asked_by=models.F("approved_by")), name="approval_by_another_person"),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True, approved_at__isnull=True)
                | models.Q(approved_by__isnull=False, approved_at__isnull=False),
                name="approval_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_ref}"
