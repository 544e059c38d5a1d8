"""Messages that wait for a person before anybody else sees them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.enums import HeldState, HeldWhy
from chat.models.room import Room
from core.ids import new_public_id


class HeldMessage(models.Model):
    """A message without a place in the log: `seq` is given when it is released. With `target_seq` it is a correction of that message.

    `expires_at` is when it goes back to its author while it waits, and when the row goes once somebody has decided.
    """

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+", verbose_name=_("salon"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("auteur"))
    client_id = models.UUIDField()
    target_seq = models.BigIntegerField(_("corrige l’événement"), null=True)
    # Sealed under the author's key, as the log's are.
    payload = models.BinaryField()
    why = models.CharField(_("motif"), max_length=6, choices=HeldWhy.choices)
    state = models.CharField(_("état"), max_length=8, choices=HeldState.choices, default=HeldState.WAITING)
    at = models.DateTimeField(_("écrit le"))
    expires_at = models.DateTimeField(_("jusqu’au"))
    decided_at = models.DateTimeField(_("décidé le"), null=True)
    # What the author is told when it was refused.
    reason = models.CharField(_("raison"), max_length=300, blank=True)
    seq = models.BigIntegerField(_("publié comme événement"), null=True)

    class Meta:
        verbose_name = _("message retenu")
        verbose_name_plural = _("messages retenus")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["author", "client_id"], name="held_once_per_client_id")]
        indexes = [models.Index(fields=["room", "state", "at"]), models.Index(fields=["state", "expires_at"])]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    def state_at(self, now: datetime) -> HeldState:
        """Its state: what nobody has looked at in time is given back, whether a job has said so or not."""
        if self.state == HeldState.WAITING and self.expires_at <= now:
            return HeldState.RETURNED
        return HeldState(self.state)
