"""Who may look at an image: what its check found, or what a person of the team said. Open pages hear of it at once.

Nothing here judges; `moderation` does, above. A change and the sending of the image's message never pass each other: both hold the
room's lock, so whichever comes second sees the other.
"""

from __future__ import annotations

import io
from datetime import datetime

from django.db import transaction

from chat.enums import AttachmentState, EventKind, ImageSight
from chat.events import ImagesPurged
from chat.models import Attachment, Room, RoomEvent
from chat.queries.attachments import sight_word
from chat.services.attachments import store_files
from chat.services.log import append_event, lock_room
from chat.services.purge import files_of
from core import images, outbox

_BEFORE_PEOPLE = (ImageSight.HELD, ImageSight.SEALED)


def pass_image(*, public_id: str, now: datetime) -> bool:
    """A check found nothing: everybody who reads its message sees the image, unless a person of the team has it before them. False when
    it is gone."""
    return _turn(public_id, ImageSight.OPEN, now, unless=_BEFORE_PEOPLE)


def show_image(*, public_id: str, now: datetime) -> bool:
    """A person of the team lets everybody see an image who reads its message; False when it is gone or its files are."""
    return _turn(public_id, ImageSight.OPEN, now, unless=(ImageSight.SEALED,))


def hold_image(*, public_id: str, now: datetime) -> bool:
    """Keep an image from everybody, its owner included, until somebody of the team has looked; False when it is gone."""
    return _turn(public_id, ImageSight.HELD, now)


def seal_image(*, public_id: str, now: datetime, keep_files: bool = False) -> bool:
    """Take the files of an image away for good: its row stays for the message, refused to everybody. Who calls has its bytes already.
    `keep_files`: they are frozen, so they stay where they lie, shown to nobody, until a later call. False when it is gone."""
    with transaction.atomic():
        if not _turn(public_id, ImageSight.SEALED, now):
            return False
        image = Attachment.objects.get(public_id=public_id)
        if image.file_name and not keep_files:
            outbox.publish(ImagesPurged(names=files_of([image])))
            Attachment.objects.filter(pk=image.pk).update(file_name="", thumb_name="")
    return True


def unseal_image(*, public_id: str, data: bytes, now: datetime) -> bool:
    """Put an image back that was sealed by mistake and show it; `data` is its file as it was. False when it is gone.

    Raises:
        core.images.NotAnImage, ImageTooLarge: it is not that file.
    """
    picture = images.read_image(io.BytesIO(data), longest=1600)
    with transaction.atomic():
        sealed = Attachment.objects.filter(public_id=public_id, sight=ImageSight.SEALED, expires_at__gt=now)
        image = sealed.first()
        if image is None:
            return False
        if not image.file_name:  # else they were frozen, and lie where they lay
            file_name, thumb_name = store_files(data, picture, now)
            sealed.update(file_name=file_name, thumb_name=thumb_name)
        return _turn(public_id, ImageSight.OPEN, now)


def _turn(public_id: str, sight: ImageSight, now: datetime, *, unless: tuple[ImageSight, ...] = ()) -> bool:
    alive = Attachment.objects.filter(public_id=public_id, expires_at__gt=now)
    if alive.filter(sight=sight).update(checked_at=now):  # nothing changes for anybody: no lock
        return True
    with transaction.atomic():
        room_id = alive.values_list("room_id", flat=True).first()
        if room_id is None:
            return False
        room = lock_room(room_id)
        image = alive.first()
        if image is None or image.sight in unless:
            return False
        alive.filter(pk=image.pk).update(sight=sight, checked_at=now)
        if image.sight != sight and image.seq is not None and image.state == AttachmentState.SENT:
            _tell(room, image.seq, public_id, sight, now)
    return True


def _tell(room: Room, seq: int, public_id: str, sight: ImageSight, now: datetime) -> None:
    target = RoomEvent.objects.filter(room_id=room.pk, seq=seq, kind=EventKind.MESSAGE, expires_at__gt=now).first()
    if target is not None:
        payload = {"image": public_id, "sight": sight_word(sight)}
        append_event(room=room, kind=EventKind.IMAGE, actor=None, payload=payload, now=now, target=target)
