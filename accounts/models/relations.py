"""Who does not want to see whom."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Block(models.Model):
    """Both stop seeing each other, everywhere; the blocked person is not told."""

    blocker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks_made", verbose_name=_("qui bloque")
    )
    blocked = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks_received", verbose_name=_("qui est bloqué")
    )
    created_at = models.DateTimeField(_("depuis le"))

    class Meta:
        verbose_name = _("blocage")
        verbose_name_plural = _("blocages")
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~models.Q(blocker=models.F("blocked")), name="block_is_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} → {self.blocked_id}"


class Mute(models.Model):
    """The muter no longer sees the muted person; nobody is told and nothing changes the other way."""

    muter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mutes_made", verbose_name=_("qui masque"))
    muted = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mutes_received", verbose_name=_("qui est masqué")
    )
    created_at = models.DateTimeField(_("depuis le"))

    class Meta:
        verbose_name = _("masquage")
        verbose_name_plural = _("masquages")
        constraints = [
            models.UniqueConstraint(fields=["muter", "muted"], name="mute_once"),
            models.CheckConstraint(condition=~models.Q(muter=models.F("muted")), name="mute_is_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.muter_id} → {self.muted_id}"
