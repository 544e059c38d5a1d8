"""What is remembered of a ban, so that it holds for the next account too, and the signals that it gave."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import BanKeyKind, SignalStrength


class BanKey(models.Model):
    """A keyed hash of something that a banned account used. It can be asked for, not read back, and names no account."""

    kind = models.CharField(_("sorte"), max_length=6, choices=BanKeyKind.choices)
    mac = models.CharField(_("empreinte"), max_length=64)
    decision_ref = models.CharField(_("référence de la décision"), max_length=64)
    expires_at = models.DateTimeField(_("valable jusqu’au"))

    class Meta:
        verbose_name = _("empreinte d’exclusion")
        verbose_name_plural = _("empreintes d’exclusion")
        constraints = [models.UniqueConstraint(fields=["mac", "kind", "decision_ref"], name="ban_key_once")]
        indexes = [
            models.Index(fields=["decision_ref"], name="ban_key_decision"),
            models.Index(fields=["expires_at"], name="ban_key_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.decision_ref}"


class EvasionSignal(models.Model):
    """An account that may be a banned person's next one. A hint for people who look, never a verdict: `priority` orders their queue."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="evasion_signals", verbose_name=_("personne"))
    kind = models.CharField(_("sorte"), max_length=6, choices=BanKeyKind.choices)
    priority = models.PositiveSmallIntegerField(_("force"), choices=SignalStrength.choices)
    decision_ref = models.CharField(_("référence de la décision"), max_length=64)
    seen_at = models.DateTimeField(_("vu le"))

    class Meta:
        verbose_name = _("indice de contournement")
        verbose_name_plural = _("indices de contournement")
        constraints = [models.UniqueConstraint(fields=["user", "kind", "decision_ref"], name="evasion_signal_once")]
        indexes = [models.Index(fields=["-priority", "seen_at"], name="evasion_queue")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.decision_ref}"
