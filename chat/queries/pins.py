"""What is pinned in a room."""

from __future__ import annotations

from datetime import datetime

from chat.enums import EventKind
from chat.models import Room, RoomEvent
from chat.queries.payloads import open_payloads


def list_pinned_seqs(*, room: Room, now: datetime) -> list[int]:
    """The `seq` of pinned messages, oldest first; expired and deleted ones are not pinned any more."""
    rows = list(RoomEvent.objects.filter(room_id=room.pk, kind=EventKind.PIN, expires_at__gt=now).order_by("seq"))
    marks: dict[int, bool] = {}
    for seq, payload in open_payloads(rows).items():
        row = next(row for row in rows if row.seq == seq)
        marks[row.target_seq or 0] = bool(payload and payload["on"])
    return sorted(seq for seq, on in marks.items() if on)


def count_pins(*, room: Room, now: datetime) -> int:
    """How many messages are pinned."""
    return len(list_pinned_seqs(room=room, now=now))
