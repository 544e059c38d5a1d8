"""What an address of ours, or a memory of a place, names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from accounts.queries import list_people_by_names
from chat.access import RoomNotFound, get_room_key
from chat.queries.locating import find_open_room, find_seq_near
from moderation.enums import TargetKind

_FRAGMENT = re.compile(r"m([0-9]{1,15})\Z")
_DIGITS = re.compile(r"[0-9]{1,15}\Z")


class NotOurs(LookupError):
    """No address of this site, or none of something that can be reported."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is meant: `ref` in the form that `moderation.targets` reads. Whether anything stands there is for them to say."""

    kind: TargetKind
    ref: str


def locate(*, url: str) -> Place:
    """What an address of ours names: a message by its link, an image, a profile, a room. One query at most.

    Raises:
        NotOurs.
    """
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        named = resolve(parts.path)
        host = parts.hostname or ""
    except (ValueError, Resolver404) as error:
        raise NotOurs(url[:200]) from error
    if host not in _our_hosts():
        raise NotOurs(host[:200])
    values = named.kwargs
    match named.view_name:
        case "accounts:person" | "moderation:report_profile":
            return Place(TargetKind.PROFILE, values["public_id"])
        case "chat:media" | "moderation:report_image":
            return Place(TargetKind.ATTACHMENT, values["public_id"])
        case "chat:message" | "moderation:report_message":
            return _in_room(values["slug"], values["seq"])
        case "chat:room" | "chat:about" | "moderation:report_room":
            return _in_room(values["slug"], _seq_of(parts.fragment, parts.query))
    raise NotOurs(parts.path[:200])


def recall(*, room: str, pseudonym: str, at: datetime | None) -> Place:
    """What room, author and time name: the message when all three are known, else the room, else the profile. Four queries at most.

    Raises:
        NotOurs: no open room of that name, nobody of that pseudonym, or no message of theirs near that time.
    """
    found = find_open_room(name=room) if room else None
    people = list_people_by_names(names=[pseudonym]) if pseudonym else []
    if (room and found is None) or (pseudonym and not people):
        raise NotOurs(room or pseudonym)
    if found and people and at:
        seq = find_seq_near(room=found, author_id=people[0].id, at=at)
        if seq is None:
            raise NotOurs(room)
        return Place(TargetKind.MESSAGE, message_ref(found, seq))
    return Place(TargetKind.PROFILE, people[0].public_id) if people else Place(TargetKind.ROOM, found or "")


def message_ref(room: str, seq: int) -> str:
    """How a message is named among the targets: its room's outward id and its number."""
    return f"{room}:{seq}"


def _in_room(slug: str, seq: int | None) -> Place:
    try:
        _pk, room = get_room_key(name=slug)
    except RoomNotFound as error:
        raise NotOurs(slug) from error
    return Place(TargetKind.ROOM, room) if seq is None else Place(TargetKind.MESSAGE, message_ref(room, seq))


def _seq_of(fragment: str, query: str) -> int | None:
    if found := _FRAGMENT.match(fragment):
        return int(found[1])
    around = parse_qs(query).get("around", [""])[0]
    return int(around) if _DIGITS.match(around) else None


def _our_hosts() -> set[str]:
    return {urlsplit(settings.ORIGIN).hostname or "", *settings.ALLOWED_HOSTS} - {"*", ""}
