"""Who is in a room, in what role, and how far they have read."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.enums import MemberState, NotifyLevel, Role
from chat.models.room import Room


class Membership(models.Model):
    """One person's place in one room; the row stays after leaving, so that cursor, ban, slow mode and history limit stay too."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("salon"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("personne"))
    state = models.CharField(_("état"), max_length=7, choices=MemberState.choices)
    role = models.CharField(_("rôle"), max_length=9, choices=Role.choices, default=Role.MEMBER)
    joined_seq = models.BigIntegerField(_("arrivée à l’événement"), default=0)
    read_seq = models.BigIntegerField(_("lu jusqu’à l’événement"), default=0)
    read_n = models.BigIntegerField(_("messages lus"), default=0)
    last_sent_at = models.DateTimeField(_("dernier envoi"), null=True, blank=True)
    # How many messages of theirs this room has shown, and when one of theirs last had to wait for a person.
    sent_n = models.PositiveIntegerField(_("messages publiés"), default=0, db_default=0)
    held_at = models.DateTimeField(_("dernier message retenu"), null=True, blank=True)
    notify_level = models.CharField(_("notifications"), max_length=8, choices=NotifyLevel.choices, default=NotifyLevel.MENTIONS)
    # Until when their phone and mail stay still about this room, by their own choice; `muted_until` is a decision against them.
    hushed_until = models.DateTimeField(_("sans bruit jusqu’au"), null=True, blank=True)
    muted_until = models.DateTimeField(_("muet jusqu’au"), null=True, blank=True)
    ban_reason = models.CharField(_("raison de l’exclusion"), max_length=300, blank=True)
    ban_until = models.DateTimeField(_("exclusion jusqu’au"), null=True, blank=True)
    joined_at = models.DateTimeField(_("arrivée le"))

    class Meta:
        verbose_name = _("place dans un salon")
        verbose_name_plural = _("places dans les salons")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="membership_one_per_person")]
        indexes = [
            models.Index(fields=["user", "state"]),
            models.Index(fields=["notify_level", "state", "room"], name="membership_followers"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.room_id}"

    @property
    def moderates(self) -> bool:
        return self.state == MemberState.JOINED and self.role in (Role.OWNER, Role.MODERATOR)

    def is_banned(self, now: datetime) -> bool:
        """A ban with an end is over at its end, without anybody doing anything."""
        return self.state == MemberState.BANNED and (self.ban_until is None or now < self.ban_until)

    def is_hushed(self, now: datetime) -> bool:
        """Whether its owner keeps silence about the room; that ends by itself."""
        return self.hushed_until is not None and now < self.hushed_until
