"""Messages that wait for a person, as their author and those who decide see them. Nobody else reads here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from accounts.queries import PersonRef, list_people
from chat.enums import HeldState, HeldWhy
from chat.models import HeldMessage, Membership, Room
from chat.queries.attachments import Image, image_of
from chat.queries.payloads import scope_of
from core import sealing

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept message. `text` is empty when its key is gone; `target_seq` names the message that it would correct."""

    public_id: str
    author: PersonRef | None
    text: str
    images: tuple[Image, ...]
    reply_seq: int | None
    target_seq: int | None
    why: HeldWhy
    state: HeldState
    reason: str
    at: datetime
    expires_at: datetime
    cid: str


def held_ad(public_id: str) -> str:
    """Binds a kept payload to its row."""
    return f"chat.HeldMessage.payload:{public_id}"


def open_kept(held: HeldMessage) -> dict[str, Any] | None:
    """The clear payload; None when it was destroyed or its key is gone."""
    if not held.payload:
        return None
    try:
        clear = sealing.open_sealed(scope_of(held.author_id), bytes(held.payload), held_ad(held.public_id))
    except sealing.SealingError:
        return None
    loaded: dict[str, Any] = msgspec.json.decode(clear)
    return loaded


def list_waiting(*, room: Room, me: int, now: datetime) -> list[Kept]:
    """What waits in a room, oldest first, at most fifty; not one's own, which another must read."""
    rows = HeldMessage.objects.filter(room=room, state=HeldState.WAITING, expires_at__gt=now).exclude(author_id=me)
    return _kept(rows.order_by("at")[:SHOWN], now)


def count_waiting(*, room: Room, me: int, now: datetime) -> int:
    """How many messages wait for somebody who moderates this room."""
    return HeldMessage.objects.filter(room=room, state=HeldState.WAITING, expires_at__gt=now).exclude(author_id=me).count()


def list_own(*, membership: Membership, now: datetime) -> list[Kept]:
    """One's own kept messages in a room that are not in its log, oldest first; no query for those who never had one."""
    if membership.held_at is None:
        return []
    rows = HeldMessage.objects.filter(room_id=membership.room_id, author_id=membership.user_id, expires_at__gt=now)
    return _kept(rows.exclude(state=HeldState.RELEASED).order_by("at")[:SHOWN], now)


def list_released(*, room_id: int, seqs: Iterable[int]) -> dict[int, str]:
    """Which of these events of a room waited before they were let in: number -> the outward id under which they waited. One query."""
    rows = HeldMessage.objects.filter(room_id=room_id, seq__in=list(seqs)).values_list("seq", "public_id")
    return {seq: held_id for seq, held_id in rows if seq is not None}


def _kept(rows: Sequence[HeldMessage] | Any, now: datetime) -> list[Kept]:
    found = list(rows)
    people = list_people(user_ids={row.author_id for row in found}) if found else {}
    sealing.load_keys(scope_of(row.author_id) for row in found if row.payload)
    return [_one(row, people.get(row.author_id), now) for row in found]


def _one(row: HeldMessage, author: PersonRef | None, now: datetime) -> Kept:
    payload = open_kept(row) or {}
    return Kept(
        public_id=row.public_id,
        author=author,
        text=payload.get("body", ""),
        images=tuple(image_of(image) for image in payload.get("att", ())),
        reply_seq=payload.get("reply"),
        target_seq=row.target_seq,
        why=HeldWhy(row.why),
        state=row.state_at(now),
        reason=row.reason,
        at=row.at,
        expires_at=row.expires_at,
        cid=str(row.client_id),
    )
