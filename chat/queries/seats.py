"""The places of one person in many rooms, in plain SQL: every socket asks for them when it opens, and many open at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from chat.models import Membership, Room
from core.sql import Statement, columns_of, literal, moment

_SEAT = columns_of(Membership, "id", "room_id", "user_id", "state", "role", "joined_seq", "read_seq", "read_n", "ban_until")
_ROOM = columns_of(Room, "id", "public_id", "slug", "kind", "age_gate", "state", "history", "last_seq", "last_n")
_COLUMNS = ", ".join([*(f"m.{name}" for name in _SEAT), *(f"r.{name}" for name in _ROOM), "u.hide_presence"])


def seats_query(*, user_id: int, public_ids: Sequence[str]) -> Statement:
    """The query of this person's places in these rooms; `read_seats` understands its rows."""
    memberships, rooms, users = Membership._meta.db_table, Room._meta.db_table, User._meta.db_table
    marks = ", ".join(["%s"] * len(public_ids)) or "NULL"
    return Statement(
        f"SELECT {_COLUMNS} FROM {memberships} m JOIN {rooms} r ON r.id = m.room_id JOIN {users} u ON u.id = m.user_id "  # noqa: S608  (our tables)
        f"WHERE m.user_id = {literal(user_id)} AND r.public_id IN ({marks})",
        public_ids,
    )


def read_seats(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Membership], bool]:
    """The memberships with their rooms, as far as a socket asks, and whether the person shows their presence."""
    seats = []
    for row in rows:
        membership = Membership.from_db("default", _SEAT, row[: len(_SEAT)])
        membership.ban_until = moment(membership.ban_until)
        membership.room = Room.from_db("default", _ROOM, row[len(_SEAT) : -1])
        seats.append(membership)
    return seats, not any(row[-1] for row in rows)
