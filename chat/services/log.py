"""Writing to a room's log: the one place where `seq` and `n` are given out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from accounts.models import User
from chat.enums import EventKind
from chat.fanout import push_on_commit
from chat.models import Room, RoomEvent
from chat.queries.payloads import payload_ad, scope_of
from core import sealing


def lock_room(room_id: int) -> Room:
    """The room's row, locked until the end of the transaction: whoever holds it gives out the next `seq`."""
    return Room.objects.select_for_update().get(pk=room_id)


def append_event(
    *,
    room: Room,
    kind: EventKind,
    actor: User | None,
    payload: Mapping[str, Any] | None,
    now: datetime,
    target: RoomEvent | None = None,
) -> RoomEvent:
    """Append one event to a room locked by `lock_room` and fan it out on commit. A change of a message expires with it."""
    room.last_seq += 1
    if kind is EventKind.MESSAGE:
        room.last_n += 1
        room.last_at = now
    room.save(update_fields=["last_seq", "last_n", "last_at"])
    actor_id = actor.pk if actor else None
    row = RoomEvent(
        room_id=room.pk,
        seq=room.last_seq,
        kind=kind,
        n=room.last_n,
        actor_id=actor_id,
        target_seq=target.seq if target else None,
        payload=seal_payload(room.pk, room.last_seq, actor_id, payload) if payload is not None else b"",
        at=now,
        expires_at=target.expires_at if target else now + room.visible_for,
    )
    row.save(force_insert=True)
    push_on_commit(room, row)
    return row


def seal_payload(room_id: int, seq: int, actor_id: int | None, payload: Mapping[str, Any]) -> bytes:
    """What the log keeps of an event, readable with its actor's key and at its own place alone."""
    return seal_payloads([(room_id, seq, actor_id, payload)])[0]


def seal_payloads(events: Sequence[tuple[int, int, int | None, Mapping[str, Any]]]) -> list[bytes]:
    """`seal_payload` for many: room, `seq`, actor and payload of each."""
    return sealing.seal_many(
        [(scope_of(actor_id), msgspec.json.encode(payload), payload_ad(room_id, seq)) for room_id, seq, actor_id, payload in events]
    )
