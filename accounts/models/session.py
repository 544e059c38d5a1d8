"""Where somebody is logged in, so that they can see it and end it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id


class LoginSession(models.Model):
    """One log-in of one browser. Family and system of the browser only; the address is not kept."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="login_sessions")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    device = models.CharField(max_length=60, blank=True)
    started_at = models.DateTimeField()

    class Meta:
        verbose_name = _("connexion")
        verbose_name_plural = _("connexions")

    def __str__(self) -> str:
        return f"{self.device} {self.started_at:%Y-%m-%d}"
