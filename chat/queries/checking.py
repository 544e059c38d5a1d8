"""Images for those who check them: where they stand, and which of them wait. For moderation alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from chat.enums import AttachmentState, ImageSight
from chat.models import Attachment, Room


@dataclass(frozen=True, slots=True)
class StandingImage:
    """An image that somebody stored. `seq`: of its message, None while it is unsent; `owner_id` and `room_id` are inward."""

    public_id: str
    owner_id: int
    room_id: int
    room_public_id: str
    room_slug: str
    age_gate: str
    seq: int | None
    sight: ImageSight
    created_at: datetime
    expires_at: datetime


def find_standing_image(*, public_id: str, now: datetime) -> StandingImage | None:
    """An image that has not expired; those count too that their owner took back a moment ago, or that a decision hid. Two queries."""
    image = Attachment.objects.filter(public_id=public_id, expires_at__gt=now).first()
    room = Room.objects.filter(pk=image.room_id).only("public_id", "slug", "age_gate").first() if image else None
    if image is None or room is None:
        return None
    return StandingImage(
        public_id=image.public_id,
        owner_id=image.owner_id,
        room_id=image.room_id,
        room_public_id=room.public_id,
        room_slug=room.slug,
        age_gate=room.age_gate,
        seq=image.seq,
        sight=ImageSight(image.sight),
        created_at=image.created_at,
        expires_at=image.expires_at,
    )


def list_images_waiting(*, since_before: datetime, now: datetime, limit: int = 100) -> list[str]:
    """Images of messages that wait for their check since before that moment, the oldest first, at most `limit`."""
    waiting = Attachment.objects.filter(sight=ImageSight.CHECKING, created_at__lte=since_before, expires_at__gt=now)
    sent = waiting.filter(state=AttachmentState.SENT).order_by("created_at")
    return list(sent.values_list("public_id", flat=True)[:limit])


def list_sent_images(*, public_ids: Collection[str], now: datetime) -> set[str]:
    """Those of these images that stand in a message now. One query."""
    rows = Attachment.objects.filter(public_id__in=public_ids, state=AttachmentState.SENT, expires_at__gt=now)
    return set(rows.values_list("public_id", flat=True))
