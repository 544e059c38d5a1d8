"""Rooms and seats as a batch of messages reads them, in one round trip, and counts them on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from chat.enums import Role
from chat.models import Membership, Room
from chat.services.drafts import Draft
from core.sql import Statement, literal, moment, numbers

_MODERATING = frozenset({Role.OWNER.value, Role.MODERATOR.value})
_ROOM = "id, public_id, state, age_gate, slow_mode_s, visible_hours, history, last_seq, last_n, kind, languages"
_TOOLS = "hold_first, hold_links, hold_media, shield_until"
_SEAT = "room_id, user_id, id, state, role, joined_seq, last_sent_at, muted_until, sent_n, held_at"


@dataclass(slots=True)
class RoomRow:
    """A locked room as the batch counts it on."""

    id: int
    public_id: str
    state: str
    age_gate: str
    slow_mode_s: int
    visible_hours: int
    history: str
    last_seq: int
    last_n: int
    kind: str
    languages: str
    hold_first: bool
    hold_links: bool
    hold_media: bool
    shield_until: datetime | None
    last_at: datetime | None = None

    def __post_init__(self) -> None:
        self.shield_until = moment(self.shield_until)

    def is_shielded(self, now: datetime) -> bool:
        return self.shield_until is not None and now < self.shield_until

    def changes(self) -> dict[str, str]:
        return {"last_seq": literal(self.last_seq), "last_n": literal(self.last_n), "last_at": literal(self.last_at)}


@dataclass(slots=True)
class SeatRow:
    """A membership as the batch moves it on; `sent` when it wrote something in this batch."""

    id: int
    state: str
    role: str
    joined_seq: int
    last_sent_at: datetime | None
    muted_until: datetime | None
    sent_n: int
    held_at: datetime | None
    read_seq: int = 0
    read_n: int = 0
    sent: bool = False

    @property
    def moderates(self) -> bool:
        return self.role in _MODERATING

    def changes(self) -> dict[str, str]:
        return {
            "read_seq": literal(self.read_seq),
            "read_n": literal(self.read_n),
            "last_sent_at": literal(self.last_sent_at),
            "sent_n": literal(self.sent_n),
        }


def lock_query(room_ids: Sequence[int], connection: BaseDatabaseWrapper) -> Statement:
    """The rooms, locked in the order of their ids where the engine has locks of rows; each row makes a `RoomRow`."""
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    table = Room._meta.db_table
    return Statement(f"SELECT {_ROOM}, {_TOOLS} FROM {table} WHERE id IN ({numbers(room_ids)}) ORDER BY id{lock}")  # noqa: S608  (numbers)


def seats_query(drafts: Sequence[Draft]) -> Statement:
    """The seats of those who send; `read_seats` understands the rows."""
    people: dict[int, set[int]] = defaultdict(set)
    for draft in drafts:
        people[draft.room_id].add(draft.user_id)
    wanted = " OR ".join([f"(room_id = {literal(room_id)} AND user_id IN ({numbers(users)}))" for room_id, users in people.items()])
    return Statement(f"SELECT {_SEAT} FROM {Membership._meta.db_table} WHERE {wanted}")  # noqa: S608  (numbers)


def read_seats(rows: Sequence[tuple[Any, ...]]) -> dict[tuple[int, int], SeatRow]:
    """The seats by room and person."""
    return {
        (row[0], row[1]): SeatRow(row[2], row[3], row[4], row[5], moment(row[6]), moment(row[7]), row[8], moment(row[9])) for row in rows
    }
