"""What is pinned in a room."""

from __future__ import annotations

from datetime import datetime

from chat.enums import EventKind
from chat.models import Room, RoomEvent
from chat.queries.payloads import open_payloads


def list_pinned_seqs(*, room: Room, now: datetime) -> list[int]:
    """The `seq` of pinned messages, oldest first; expired and deleted ones are not pinned any more."""
    rows = list(RoomEvent.objects.filter(room_id=room.pk, kind=EventKind.PIN, expires_at__gt=now).order_by("seq"))
    payloads = open_payloads(rows)
    marks = {row.target_seq or 0: bool((payloads[row.seq] or {}).get("on")) for row in rows}
    pinned = [seq for seq, on in marks.items() if on]
    if not pinned:
        return []
    living = RoomEvent.objects.filter(room_id=room.pk, kind=EventKind.MESSAGE, seq__in=pinned, expires_at__gt=now).exclude(payload=b"")
    return list(living.order_by("seq").values_list("seq", flat=True))


def count_pins(*, room: Room, now: datetime) -> int:
    """How many messages are pinned."""
    return len(list_pinned_seqs(room=room, now=now))
