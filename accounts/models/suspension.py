"""What was decided against an account, from when to when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import SuspensionKind


class Suspension(models.Model):
    """One measure, of which an account has at most one of each kind at a time: `open_key` is unique while it is in force, NULL after.

    `User.barred` and `User.silenced` say the same to those who read an account; `accounts.services.suspension` keeps them together.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="suspensions", verbose_name=_("personne"))
    kind = models.CharField(_("sorte"), max_length=19, choices=SuspensionKind.choices)
    decision_ref = models.CharField(_("référence de la décision"), max_length=64)
    starts_at = models.DateTimeField(_("depuis le"))
    ends_at = models.DateTimeField(_("jusqu’au"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("levée le"), null=True, blank=True)
    lift_reason = models.CharField(_("raison de la levée"), max_length=300, blank=True)
    open_key = models.CharField(max_length=40, unique=True, null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("mesure")
        verbose_name_plural = _("mesures")
        indexes = [models.Index(fields=["ends_at"], name="suspension_end")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")), name="suspension_has_a_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.decision_ref}"

    @property
    def kind_name(self) -> str:
        """The kind in the reader's language."""
        return str(SuspensionKind(self.kind).label)
