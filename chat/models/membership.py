"""Who is in a room, in what role, and how far they have read."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from chat.enums import MemberState, NotifyLevel, Role
from chat.models.room import Room


class Membership(models.Model):
    """One person's place in one room; the row stays after leaving, so that cursor, ban, slow mode and history limit stay too."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=7, choices=MemberState.choices)
    role = models.CharField(max_length=9, choices=Role.choices, default=Role.MEMBER)
    joined_seq = models.BigIntegerField(default=0)
    read_seq = models.BigIntegerField(default=0)
    read_n = models.BigIntegerField(default=0)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    notify_level = models.CharField(max_length=8, choices=NotifyLevel.choices, default=NotifyLevel.MENTIONS)
    muted_until = models.DateTimeField(null=True, blank=True)
    ban_reason = models.CharField(max_length=300, blank=True)
    ban_until = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="membership_one_per_person")]
        indexes = [models.Index(fields=["user", "state"])]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}: {self.state} {self.role}"

    @property
    def moderates(self) -> bool:
        return self.state == MemberState.JOINED and self.role in (Role.OWNER, Role.MODERATOR)

    def is_banned(self, now: datetime) -> bool:
        """A ban with an end is over at its end, without anybody doing anything."""
        return self.state == MemberState.BANNED and (self.ban_until is None or now < self.ban_until)
