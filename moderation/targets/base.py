"""What every kind of target can do: be found by whoever could see it, be kept as evidence, be taken away and be put back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import User


class TargetNotFound(LookupError):
    """Nothing that this person could see has this reference."""


class TargetGone(LookupError):
    """It was there once: it expired, was taken back more than a day ago, or is hidden or closed already."""


class NothingToDo(Exception):
    """The measure has no object any more, or one like it is in force already."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file of what was reported, as it was then."""

    ref: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was there when it was reported: `facts` are plain JSON values. `subject_id`: whom a measure would restrict (inward), None when
    there is nobody; `reach`: how many saw it."""

    facts: dict[str, Any]
    subject_id: int | None
    content_at: datetime | None = None
    language: str = "fr"
    reach: int = 0
    media: tuple[Media, ...] = field(default=())


class Target(Protocol):
    """One kind of target. `ref` is its outward name."""

    def check_seen(self, *, ref: str, user: User, session: SessionBase | None, now: datetime) -> int:
        """That this member could see it themselves; the number after which what stands around it was theirs to read.

        Raises:
            TargetNotFound, TargetGone.
        """

    def snapshot(self, *, ref: str, after: int, now: datetime) -> Snapshot:
        """What is there now, and of what stands around it only what comes after that number.

        Raises:
            TargetNotFound, TargetGone.
        """

    def take_away(self, *, ref: str, now: datetime) -> dict[str, Any]:
        """Show it to nobody any more; what `put_back` needs.

        Raises:
            NothingToDo.
        """

    def put_back(self, *, ref: str, effect: dict[str, Any], now: datetime) -> None:
        """Undo `take_away`, as far as it has not expired meanwhile."""

    def room_of(self, *, ref: str, now: datetime) -> str:
        """The outward id of the room in which it is; empty when it is in none."""
