"""Rooms turned into what the templates draw."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from chat.enums import NotifyLevel
from chat.queries.rooms import RoomLine, list_my_rooms
from chat.queries.veils import VISITED, Reader

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
    shielded: bool
    rules_pinned: bool
    visible_hours: int
    role: str
    joined: bool
    invited: bool
    avatar: Avatar
    # Whether nothing of it comes to its member outside of the pages.
    hushed: bool
    # Whether it bears words that stood behind a proof of this visit: a page with them must not stay on the device.
    fleeting: bool


def reader_of(request: HttpRequest) -> Reader:
    """Who looks, in this visit."""
    return Reader(request.user if isinstance(request.user, User) else None, request.session, timezone.now())


def build_card(line: RoomLine) -> RoomCard:
    """The card of a room for one reader."""
    room, membership = line.room, line.membership
    return RoomCard(
        public_id=room.public_id,
        slug=line.slug,
        kind=room.kind,
        title=line.title,
        description=line.description,
        rules=line.rules,
        theme_name=room.theme.name if room.theme else "",
        languages=room.language_list,
        members=room.members,
        present=line.present,
        unread=line.unread,
        last_at=room.last_at,
        state=room.state,
        slow_mode_s=room.slow_mode_s,
        shielded=room.is_shielded(timezone.now()),
        rules_pinned=room.rules_pinned,
        visible_hours=room.visible_hours,
        role=membership.role if membership and line.joined else "",
        joined=line.joined,
        invited=bool(membership and membership.state == "INVITED"),
        hushed=_is_hushed(line),
        avatar=Avatar(letter=_letter(line.title), av=sum(room.public_id.encode()) % _COLOURS + 1),
        fleeting=room.age_gate in VISITED and not line.veiled,
    )


def _is_hushed(line: RoomLine) -> bool:
    place = line.membership
    return place is not None and line.joined and (place.notify_level == NotifyLevel.NONE or place.is_hushed(timezone.now()))


def build_my_rooms(reader: Reader) -> list[RoomCard]:
    """The list beside every page of the rooms on a wide screen: one query; nobody's list is empty."""
    return [build_card(line) for line in list_my_rooms(reader=reader)]


def _letter(title: str) -> str:
    return next((char.upper() for char in title if char.isalnum()), "#")
