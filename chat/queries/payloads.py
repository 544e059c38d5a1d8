"""Opening what the log holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chat.models import RoomEvent
from core import sealing


def scope_of(actor_id: int | None) -> str:
    """The sealing scope of an actor's words; events of the house itself lie under `service`."""
    return f"user:{actor_id}" if actor_id is not None else "service"


def payload_ad(room_id: int, seq: int) -> str:
    """Binds a payload to its place in the log, so that a row copied elsewhere does not open."""
    return f"chat.RoomEvent.payload:{room_id}:{seq}"


def open_payloads(rows: Iterable[RoomEvent]) -> dict[int, dict[str, Any] | None]:
    """The clear payloads by `seq`; None where the author deleted it or its key is gone. One key query at most."""
    rows = list(rows)
    sealing.load_keys(scope_of(row.actor_id) for row in rows if row.payload)
    return {row.seq: _open(row) for row in rows}


def _open(row: RoomEvent) -> dict[str, Any] | None:
    if not row.payload:
        return None
    try:
        clear = sealing.open_sealed(scope_of(row.actor_id), bytes(row.payload), payload_ad(row.room_id, row.seq))
    except sealing.SealingError:
        return None
    loaded: dict[str, Any] = msgspec.json.decode(clear)
    return loaded
