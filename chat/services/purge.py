"""What of the rooms goes when its time has come, and how; `privacy` decides and calls.

Where the log has partitions its events are on no shelf: they go day by day (`chat.services.partitions`). Until its row is gone, nothing
that has expired is shown: all reading filters by `expires_at`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from chat.enums import HeldState
from chat.events import ImagesPurged
from chat.models import Attachment, DeletedBody, HeldMessage, HiddenBody, MessageMeta, RoomEvent
from chat.services.partitions import has_partitions
from core import outbox
from core.purging import Shelf, delete_rows
from core.setaside import set_aside


def _events(now: datetime) -> QuerySet[RoomEvent]:
    return RoomEvent.objects.none() if has_partitions() else RoomEvent.objects.all()


def files_of(images: Sequence[Attachment]) -> tuple[str, ...]:
    """The names of the files of these images; a sealed one has none."""
    return tuple(name for image in images for name in (image.file_name, image.thumb_name) if name)


def _destroy_images(keys: list[Any]) -> int:
    """The rows go first; their files follow once that is committed, however often it takes."""
    with transaction.atomic():
        rows = list(Attachment.objects.filter(pk__in=keys))
        outbox.publish(ImagesPurged(names=files_of(rows), public_ids=tuple(row.public_id for row in rows)))
        return Attachment.objects.filter(pk__in=keys).delete()[0]


def _all(model: type[Any]) -> Any:
    return lambda now: model.objects.all()


# By the code of their retention; a code may have several shelves.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "MESSAGE_BODY": (
        Shelf(_events, "expires_at", delete_rows(RoomEvent), owner="actor_id", place="room_id"),
        Shelf(_all(HiddenBody), "expires_at", delete_rows(HiddenBody), place="room_id"),
    ),
    "MESSAGE_DELETED": (Shelf(_all(DeletedBody), "expires_at", delete_rows(DeletedBody), owner="author_id", place="room_id"),),
    "MESSAGE_META": (Shelf(_all(MessageMeta), "at", delete_rows(MessageMeta), owner="author_id", place="room_id"),),
    # What was decided seven days ago; what waits is given back first (`chat.services.holding`).
    "HELD_MESSAGE": (
        Shelf(
            lambda now: HeldMessage.objects.exclude(state=HeldState.WAITING),
            "expires_at",
            delete_rows(HeldMessage),
            owner="author_id",
            place="room_id",
        ),
    ),
    "MEDIA": (Shelf(_all(Attachment), "expires_at", _destroy_images, owner="owner_id", place="room_id"),),
}


def set_aside_day(*, day: date, owners: Collection[int], places: Collection[int], now: datetime) -> int:
    """Copy the rows of a day of expiry, whose partition goes, that are of these people or in these rooms; how many. Copying them twice
    keeps them once."""
    if not owners and not places:
        return 0
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    rows = RoomEvent.objects.filter(Q(actor_id__in=list(owners)) | Q(room_id__in=list(places)), expires_at__lt=end)
    return set_aside(rows.iterator(chunk_size=500), owner="actor_id", place="room_id", now=now)
