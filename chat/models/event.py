"""The log of the rooms: the truth that every socket, page and export is read from.

No foreign keys from or to these tables: rows go by expiry (on MariaDB by whole partitions), other rows point at them by
(room, seq). `room_id`, `actor_id` and `author_id` are plain ids.

A room's rows lie together, since InnoDB and SQLite store rows in the order of this primary key. `expires_at` is part of it because
MariaDB demands the partition's column in every unique key; that (room, seq) is given out once is the work of the lock on the room's
row, under which alone `Room.last_seq` moves.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.enums import EventKind

# décret 2021-1362, art. 5: who wrote when, without the words
META_KEPT = timedelta(days=365)


class RoomEvent(models.Model):
    """One change of a room. `n` is the number of messages of the room up to and including this event.

    `payload` is sealed under the actor's DataKey; it is empty when the author deleted what it held.
    """

    pk = models.CompositePrimaryKey("room_id", "seq", "expires_at")
    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    kind = models.PositiveSmallIntegerField(choices=EventKind.choices)
    n = models.BigIntegerField()
    actor_id = models.BigIntegerField(null=True)
    target_seq = models.BigIntegerField(null=True)
    payload = models.BinaryField()
    at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("événement")
        verbose_name_plural = _("événements")
        indexes = [models.Index(fields=["room_id", "target_seq"]), models.Index(fields=["room_id", "kind", "seq"])]

    def __str__(self) -> str:
        return f"{self.room_id}/{self.seq} {EventKind(self.kind).name}"


class MessageMeta(models.Model):
    """Who wrote which message when, without its body: kept one year, and the memory of every client id."""

    pk = models.CompositePrimaryKey("author_id", "client_id")
    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    author_id = models.BigIntegerField()
    client_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("trace de message")
        verbose_name_plural = _("traces de messages")
        constraints = [models.UniqueConstraint(fields=["room_id", "seq"], name="message_meta_once_per_event")]
        indexes = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.room_id}/{self.seq} by {self.author_id}"


class DeletedBody(models.Model):
    """What an author deleted, still sealed, for 24 hours: only a report opens it."""

    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    author_id = models.BigIntegerField()
    payload = models.BinaryField()
    deleted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("message retiré")
        verbose_name_plural = _("messages retirés")
        constraints = [models.UniqueConstraint(fields=["room_id", "seq"], name="deleted_body_once_per_event")]
        indexes = [models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return f"{self.room_id}/{self.seq} deleted"


class HiddenBody(models.Model):
    """What a decision took out of the log, still sealed, until the message would have expired: only its reversal puts it back."""

    room_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    target_seq = models.BigIntegerField()
    payload = models.BinaryField()
    hidden_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("message masqué")
        verbose_name_plural = _("messages masqués")
        constraints = [models.UniqueConstraint(fields=["room_id", "seq"], name="hidden_body_once_per_event")]
        indexes = [models.Index(fields=["room_id", "target_seq"]), models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return f"{self.room_id}/{self.seq} hidden"
