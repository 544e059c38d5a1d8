"""The door of the images of rooms: the only way from an outside id to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import User
from accounts.queries import hidden_actor_ids
from chat.access import AccessRefused, RoomNotFound, check_seat
from chat.enums import AttachmentState, History, ImageSight
from chat.models import Attachment, Membership, Room


def list_unsent_attachments(*, user: User, room: Room, public_ids: Sequence[str], now: datetime) -> list[Attachment]:
    """Those of the named images that this person uploaded for this room and can still send, in the order of the names."""
    mine = Attachment.objects.filter(owner=user, room_id=room.pk, state=AttachmentState.READY, expires_at__gt=now)
    found = {image.public_id: image for image in mine.filter(public_id__in=public_ids)} if public_ids else {}
    return [found[public_id] for public_id in dict.fromkeys(public_ids) if public_id in found]


@dataclass(frozen=True, slots=True)
class ShownImage:
    """An image that somebody may see; `discreet` when it must not stay on their device."""

    attachment: Attachment
    discreet: bool


_TAKEN_AWAY = (AttachmentState.DELETED, AttachmentState.HIDDEN)  # by its author; by the team, and then not even they see it
_WITHHELD = (ImageSight.HELD, ImageSight.SEALED)  # from their owner too


def get_attachment(*, user: User, session: SessionBase | None = None, public_id: str, now: datetime) -> ShownImage:
    """An image that this person may see: their own, or one of a message that they can read.

    Raises:
        RoomNotFound: no such image, or not for this person.
    """
    attachment = Attachment.objects.filter(public_id=public_id, expires_at__gt=now).exclude(state__in=_TAKEN_AWAY).first()
    if attachment is None or attachment.sight in _WITHHELD:
        raise RoomNotFound(public_id)
    if attachment.owner_id == user.pk:
        return ShownImage(attachment, discreet=True)  # the browser that sent it has it
    seated = Membership.objects.filter(room_id=attachment.room_id, user=user).select_related("room").first()
    held = attachment.state == AttachmentState.HELD and seated is not None and seated.moderates  # those who decide see what they decide on
    if seated is None or attachment.sight != ImageSight.OPEN or not (held or attachment.state == AttachmentState.SENT):
        raise RoomNotFound(public_id)
    try:
        check_seat(user=user, session=session, membership=seated, now=now)
    except AccessRefused as error:
        raise RoomNotFound(public_id) from error
    came_later = not held and seated.room.history == History.FROM_JOIN and (attachment.seq or 0) <= seated.joined_seq
    if came_later or attachment.owner_id in hidden_actor_ids(user=user):
        raise RoomNotFound(public_id)
    # What was not checked yet may be taken away in a moment, and must not be on devices then.
    return ShownImage(attachment, discreet=held or seated.room.is_discreet or attachment.checked_at is None)
