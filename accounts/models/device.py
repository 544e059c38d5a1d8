"""A browser that was here before."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class DeviceMark(models.Model):
    """One browser in which somebody logged in. The browser holds a random cookie; here lies its keyed hash alone, and nothing about the
    browser itself."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="device_marks", verbose_name=_("personne"))
    mac = models.CharField(_("empreinte"), max_length=64)
    set_at = models.DateTimeField(_("posée le"))
    expires_at = models.DateTimeField(_("valable jusqu’au"))

    class Meta:
        verbose_name = _("appareil reconnu")
        verbose_name_plural = _("appareils reconnus")
        constraints = [models.UniqueConstraint(fields=["user", "mac"], name="device_mark_once")]
        indexes = [models.Index(fields=["mac"], name="device_mark_mac"), models.Index(fields=["expires_at"], name="device_mark_expiry")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at:%Y-%m-%d}"
