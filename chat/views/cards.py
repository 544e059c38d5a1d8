"""Rooms turned into what the templates draw."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from chat.queries.rooms import RoomLine, list_my_rooms

_COLOURS = 8


@dataclass(frozen=True, slots=True)
class Avatar:
    letter: str
    av: int


@dataclass(frozen=True, slots=True)
class RoomCard:
    """A room as cards, rows and bars show it."""

    public_id: str
    slug: str
    kind: str
    title: str
    description: str
    rules: str
    theme_name: str
    languages: list[str]
    members: int
    present: int
    unread: int
    last_at: object
    state: str
    slow_mode_s: int
    visible_hours: int
    role: str
    joined: bool
    invited: bool
    avatar: Avatar


def build_card(line: RoomLine) -> RoomCard:
    """The card of a room for one reader."""
    room, membership = line.room, line.membership
    return RoomCard(
        public_id=room.public_id,
        slug=room.slug,
        kind=room.kind,
        title=room.title,
        description=room.description,
        rules=room.rules,
        theme_name=room.theme.name if room.theme else "",
        languages=room.language_list,
        members=room.members,
        present=line.present,
        unread=line.unread,
        last_at=room.last_at,
        state=room.state,
        slow_mode_s=room.slow_mode_s,
        visible_hours=room.visible_hours,
        role=membership.role if membership and line.joined else "",
        joined=line.joined,
        invited=bool(membership and membership.state == "INVITED"),
        avatar=Avatar(letter=_letter(room.title), av=sum(room.public_id.encode()) % _COLOURS + 1),
    )


def build_my_rooms(user: User | None) -> list[RoomCard]:
    """The list beside every page of the rooms on a wide screen: one query; nobody's list is empty."""
    return [build_card(line) for line in list_my_rooms(user=user)] if user else []


def _letter(title: str) -> str:
    return next((char.upper() for char in title if char.isalnum()), "#")
