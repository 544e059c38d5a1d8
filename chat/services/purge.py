"""What of the rooms goes when its time has come, and how; `privacy` decides and calls.

Where the log has partitions its events are on no shelf: they go day by day (`chat.services.partitions`). Until its row is gone, nothing
that has expired is shown: all reading filters by `expires_at`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from chat.enums import HeldState
from chat.events import ImagesPurged
from chat.models import Attachment, DeletedBody, HeldMessage, HiddenBody, MessageMeta, RoomEvent
from chat.services.partitions import has_partitions
from core import outbox
from core.purging import Shelf, Spared, among, delete_rows
from core.setaside import set_aside
from core.sql import literal, uuid_literal


def _events(now: datetime) -> QuerySet[RoomEvent]:
    return _with_message(RoomEvent.objects.none() if has_partitions() else RoomEvent.objects.all())


def _with_message(rows: QuerySet[RoomEvent]) -> QuerySet[RoomEvent]:
    """Each event with the message that it is or is about."""
    return rows.annotate(message=Coalesce("target_seq", "seq"))


def _deleted(now: datetime) -> QuerySet[DeletedBody]:
    """Deleted words with their message: those of a correction are about the message that it corrects."""
    event = RoomEvent.objects.filter(room_id=OuterRef("room_id"), seq=OuterRef("seq")).values("target_seq")[:1]
    return DeletedBody.objects.annotate(message=Coalesce(Subquery(event), "seq"))


def files_of(images: Sequence[Attachment]) -> tuple[str, ...]:
    """The names of the files of these images; a sealed one has none."""
    return tuple(name for image in images for name in (image.file_name, image.thumb_name) if name)


def destroy_images(keys: list[Any]) -> int:
    """The rows go first; their files follow once that is committed, however often it takes."""
    with transaction.atomic():
        rows = list(Attachment.objects.filter(pk__in=keys))
        outbox.publish(ImagesPurged(names=files_of(rows), public_ids=tuple(row.public_id for row in rows)))
        return Attachment.objects.filter(pk__in=keys).delete()[0]


_delete_traces = delete_rows(MessageMeta)


def destroy_traces(keys: list[tuple[int, uuid.UUID]]) -> int:
    """Rows of `MessageMeta`, of which there are as many as messages. Written as SQL where there are very many: Django takes longer to
    compose the statement, whose keys are pairs, than MariaDB to carry it out."""
    if connection.vendor != "mysql":
        return _delete_traces(keys)
    pairs = ",".join([f"({literal(author)},{uuid_literal(client, connection)})" for author, client in keys])
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {MessageMeta._meta.db_table} WHERE (author_id, client_id) IN ({pairs})")  # noqa: S608  (literals of ints and UUIDs)
        return int(cursor.rowcount)


def _all(model: type[Any]) -> Any:
    return lambda now: model.objects.all()


# By the code of their retention; a code may have several shelves.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "MESSAGE_BODY": (
        Shelf(_events, "expires_at", delete_rows(RoomEvent), owner="actor_id", place="room_id", number="message"),
        Shelf(_all(HiddenBody), "expires_at", delete_rows(HiddenBody), place="room_id", number="target_seq"),
    ),
    "MESSAGE_DELETED": (Shelf(_deleted, "expires_at", delete_rows(DeletedBody), owner="author_id", place="room_id", number="message"),),
    "MESSAGE_META": (Shelf(_all(MessageMeta), "at", destroy_traces, owner="author_id", place="room_id", number="seq"),),
    # What was decided seven days ago; what waits is given back first (`chat.services.holding`).
    "HELD_MESSAGE": (
        Shelf(
            lambda now: HeldMessage.objects.exclude(state=HeldState.WAITING),
            "expires_at",
            delete_rows(HeldMessage),
            owner="author_id",
            place="room_id",
            number="seq",
        ),
    ),
    "MEDIA": (Shelf(_all(Attachment), "expires_at", destroy_images, owner="owner_id", place="room_id", number="seq"),),
}


def set_aside_day(*, day: date, spared: Spared, now: datetime) -> int:
    """Copy the rows of a day of expiry, whose partition goes, that are of these people, in these rooms or about these messages; how many.
    Copying them twice keeps them once."""
    if not (spared.owners or spared.places or spared.lines):
        return 0
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    stay = Q(actor_id__in=list(spared.owners)) | Q(room_id__in=list(spared.places)) | among(spared.lines, place="room_id", number="message")
    rows = _with_message(RoomEvent.objects.filter(expires_at__lt=end)).filter(stay)
    return set_aside(rows.iterator(chunk_size=500), owner="actor_id", place="room_id", number="message", now=now)
