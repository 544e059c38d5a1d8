"""Finding again what somebody remembers: a room by its name, a message by who wrote it and about when. Nothing of it is shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat.enums import RoomKind
from chat.models import MessageMeta, Room

NEAR = timedelta(minutes=10)


def find_open_room(*, name: str) -> str | None:
    """The outward id of the open room with this title or slug; None when there is none, or when more than one has the title."""
    rooms = Room.objects.filter(kind=RoomKind.OPEN)
    found = list((rooms.filter(slug=name) | rooms.filter(title__iexact=name)).values_list("public_id", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def find_seq_near(*, room: str, author_id: int, at: datetime) -> int | None:
    """The number of the message that somebody wrote in a room (outward id) nearest to a moment, ten minutes away at most. One query."""
    rooms = Room.objects.filter(public_id=room).values("pk")
    mine = MessageMeta.objects.filter(author_id=author_id, room_id__in=rooms, at__gte=at - NEAR, at__lte=at + NEAR)
    found = min(mine.values_list("at", "seq"), key=lambda row: (abs(row[0] - at), row[1]), default=None)
    return found[1] if found else None
