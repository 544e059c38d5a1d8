"""The journal of a room: what its moderation did, as members and as moderators read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.queries import PersonRef, list_people
from chat.enums import Role, RoomAct
from chat.models import Membership, RoomDeed

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed. `role` None: the team of the house. `by` and `who` are told to those who moderate the room alone."""

    public_id: str
    act: RoomAct
    role: Role | None
    reason: str
    at: datetime
    undone: bool
    undoable: bool
    fields: Mapping[str, Any]
    by: PersonRef | None
    who: PersonRef | None


def list_deeds(*, membership: Membership) -> list[Deed]:
    """The newest hundred deeds, for a member: role and reason; for who moderates also the people. Two queries at most."""
    rows = list(RoomDeed.objects.filter(room_id=membership.room_id).order_by("-at", "-pk")[:SHOWN])
    moderates = membership.moderates
    ids = {user_id for row in rows for user_id in (row.actor_id, row.who_id) if user_id is not None} if moderates else set()
    people = list_people(user_ids=ids) if ids else {}
    return [_deed(row, people) for row in rows]


def is_undoable(row: RoomDeed) -> bool:
    """Whether the moderation of a room may take a deed back: once, if there is a way back, and never what the team of the house did."""
    return row.undone_at is None and bool(row.role) and bool(row.before or row.act == RoomAct.BAN)


def _deed(row: RoomDeed, people: Mapping[int, PersonRef]) -> Deed:
    return Deed(
        public_id=row.public_id,
        act=RoomAct(row.act),
        role=Role(row.role) if row.role else None,
        reason=row.reason,
        at=row.at,
        undone=row.undone_at is not None,
        undoable=is_undoable(row),
        fields=row.after,
        by=people.get(row.actor_id or 0),
        who=people.get(row.who_id or 0),
    )
