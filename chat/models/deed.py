"""The journal of a room: what its moderation did, for its members to read."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.enums import Role, RoomAct
from chat.models.room import Room
from core.ids import new_public_id


class RoomDeed(models.Model):
    """One deed of somebody who moderates a room. Members read role, deed and reason; who did it, and to whom, is for the moderation."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+", verbose_name=_("salon"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("fait par"))
    # Empty: the team of the house.
    role = models.CharField(_("rôle"), max_length=9, choices=Role.choices, blank=True)
    act = models.CharField(_("mesure"), max_length=12, choices=RoomAct.choices)
    who = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("personne visée")
    )
    reason = models.CharField(_("raison"), max_length=300, blank=True)
    # The fields of the room before and after, as JSON knows them: what an undoing needs.
    before = models.JSONField(default=dict, editable=False)
    after = models.JSONField(default=dict, editable=False)
    at = models.DateTimeField(_("fait le"))
    undone_at = models.DateTimeField(_("annulé le"), null=True)

    class Meta:
        verbose_name = _("mesure dans un salon")
        verbose_name_plural = _("mesures dans les salons")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["room", "at"])]

    def __str__(self) -> str:
        return f"{self.room_id} {self.act}"
