"""A device that asked to be told: where its push service is reached, and with which keys its messages are shut."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import LoginSession
from core.ids import new_public_id
from notifications.enums import PUSH_TRANSPORTS

# One person's devices; when another comes, the oldest goes.
MOST = 10


class PushSubscription(models.Model):
    """One browser or application of one person. It belongs to the log-in in which it was left and goes with it: who logs out, or is
    logged out from elsewhere, is told nothing more there. `endpoint` and `auth` are sealed under the person's scope; for FCM the endpoint
    is the token, and there are no keys. `key_id` names the VAPID key that the browser was given. `failures` counts refusals in a row."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions", verbose_name=_("personne")
    )
    login = models.ForeignKey(LoginSession, on_delete=models.CASCADE, related_name="push_subscriptions", verbose_name=_("connexion"))
    transport = models.CharField(_("voie"), max_length=12, choices=[(one.value, one.label) for one in PUSH_TRANSPORTS])
    endpoint = models.BinaryField(_("adresse scellée"), max_length=1200, editable=False)
    endpoint_sha256 = models.CharField(_("empreinte de l’adresse"), max_length=64, unique=True, editable=False)
    host = models.CharField(_("service"), max_length=260)
    p256dh = models.BinaryField(_("clé de l’appareil"), max_length=65, editable=False)
    auth = models.BinaryField(_("secret scellé"), max_length=80, editable=False)
    key_id = models.CharField(_("clé du site"), max_length=12, blank=True)
    created_at = models.DateTimeField(_("ajouté le"))
    seen_at = models.DateTimeField(_("vu le"))
    last_ok_at = models.DateTimeField(_("dernier envoi"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("refus de suite"), default=0)

    class Meta:
        verbose_name = _("appareil à prévenir")
        verbose_name_plural = _("appareils à prévenir")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["user", "created_at"], name="push_of_person")]

    def __str__(self) -> str:
        return f"{self.transport} {self.public_id}"

    def sealing_ad(self, field: str) -> str:
        """What a sealed value of this row is bound to."""
        return f"notifications.PushSubscription.{field}:{self.public_id}"
