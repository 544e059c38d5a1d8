"""What happened in the rooms and must have consequences (core.outbox), and the names of their live topics. Plain data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ImagesPurged:
    """Files of images are to be deleted; `public_ids` are those of the images whose rows are gone as well."""

    names: tuple[str, ...]
    public_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageStored:
    """Somebody added an image to a message that they write; nobody has checked it yet."""

    public_id: str


@dataclass(frozen=True, slots=True)
class MessageHeld:
    """A message waits for a person. `why` is a word of HeldWhy, `at` an ISO 8601 time; `hits` are the rules that matched, as plain data;
    `score` grows with what they noticed (`core.screening`), and orders what people read."""

    held_id: str
    room_id: int
    author_id: int
    why: str
    hits: tuple[Any, ...]
    at: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class HeldDecided:
    """A person has released or refused a kept message, `by_staff` or by the moderation of its room; or nobody did in time (RETURNED)."""

    held_id: str
    room_id: int
    author_id: int
    state: str
    by_staff: bool


@dataclass(frozen=True, slots=True)
class MessageScreened:
    """A message stands in the log though rules matched it; `hits` are those rules, as plain data, without a word of the text."""

    room_id: int
    seq: int
    hits: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class MessageAddressed:
    """A message that names members of its room, or answers one of them, stands in the log."""

    room_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class RoomTalked:
    """A room that some of its members follow has talked, from message `since` (not included) to message `n`, which is event `seq`. Its
    followers with a membership up to `after_id` were told; the others are next."""

    room_id: int
    since: int
    n: int
    seq: int
    after_id: int


def room_topic(public_id: str) -> str:
    """The live topic of a room."""
    return f"room:{public_id}"


def user_topic(public_id: str) -> str:
    """The live topic of one person's own sockets."""
    return f"user:{public_id}"
