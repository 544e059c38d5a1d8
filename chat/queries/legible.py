"""Whether what is kept of people's words can still be read, for whoever has put a backup back. It says how many, never what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat.models import MessageMeta, RoomEvent
from chat.queries.payloads import payload_ad, scope_of
from core import sealing

_LATEST = 2000


@dataclass(frozen=True, slots=True)
class Legible:
    """So many of the latest texts of a person are stored, and so many of them open."""

    stored: int
    opened: int


def try_texts(*, user_id: int, limit: int = 20) -> Legible:
    """Open the latest texts of a person; as many queries as texts, at most `limit`."""
    traces = MessageMeta.objects.filter(author_id=user_id).order_by("-at").values_list("room_id", "seq")[:limit]
    found = [RoomEvent.objects.filter(room_id=room_id, seq=seq, actor_id=user_id).first() for room_id, seq in traces]
    rows = [row for row in found if row is not None and row.payload]
    return Legible(len(rows), sum(_opens(row) for row in rows))


def list_writers() -> list[int]:
    """Who wrote the latest messages, each once; at most 2 000 messages are looked at."""
    return list(dict.fromkeys(MessageMeta.objects.order_by("-at").values_list("author_id", flat=True)[:_LATEST]))


def wrote_before(*, user_id: int, moment: datetime) -> bool:
    """Whether a message of a person from before that time is remembered."""
    return MessageMeta.objects.filter(author_id=user_id, at__lt=moment).exists()


def _opens(row: RoomEvent) -> bool:
    try:
        sealing.open_sealed(scope_of(row.actor_id), bytes(row.payload or b""), payload_ad(row.room_id, row.seq))
    except sealing.SealingError:
        return False
    return True
