"""The port through which notices ask about what they are about: a room, a message. The apps above know; `superapp.wiring` fills it.

What a notice is about can be gone, read, or on the person's screen by the time it is to leave, and notices keep no copy of its names. So
they are asked for at that moment. A port that nobody has filled refuses: a notice that should have asked does not leave.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class UnfilledPort(RuntimeError):
    """No app answers for the subjects of this name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which subject, for whom, with what the notice kept of it. `with_preview`: the beginning of its text is wanted too."""

    user_id: int
    kind: str
    subject_kind: str
    subject_public_id: str
    args: Mapping[str, Any]
    with_preview: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subject stands for one person at a moment.

    `gone`: there is nothing left to tell them. `read`: they have read past it. `hushed`: they want peace from its place for a while.
    `watched`: an open page of theirs shows it now. `discreet`: nothing of it may be named outside of the pages, whatever they chose. The
    names are empty where they may not be told.
    """

    gone: bool = False
    read: bool = False
    hushed: bool = False
    watched: bool = False
    discreet: bool = True
    place: str = ""
    sender: str = ""
    preview: str = ""


class Source(Protocol):
    """What the app of a subject answers."""

    def look(self, asked: Sequence[Asked], *, now: datetime) -> list[Standing]:
        """How each subject stands for its person, in the order of the questions. Few queries, however many."""

    def name_places(self, *, user_id: int, public_ids: Collection[str], outside: bool) -> Mapping[str, str]:
        """The names of places for one person, by outward id; those that they may not read are left out, and `outside` of their own pages
        those that are nobody's business too. Few queries, however many places."""

    def read_up_to(self, *, user_id: int, public_ids: Collection[str]) -> Mapping[str, int]:
        """How far one person has read in places, by their outward ids, in the numbers that `args["seq"]` of notices holds. One query."""


_sources: dict[str, Source] = {}


def fill(app: str, source: Source) -> None:
    """Let an app answer for its subjects (superapp.wiring)."""
    _sources[app] = source


def look(app: str, asked: Sequence[Asked], *, now: datetime) -> list[Standing]:
    """How subjects of this app stand, each for its person.

    Raises:
        UnfilledPort.
    """
    return _source(app).look(asked, now=now)


def name_places(app: str, *, user_id: int, public_ids: Collection[str], outside: bool = False) -> Mapping[str, str]:
    """The names of places of this app, for one person's own pages, or `outside` of them.

    Raises:
        UnfilledPort.
    """
    return _source(app).name_places(user_id=user_id, public_ids=public_ids, outside=outside) if public_ids else {}


def read_up_to(app: str, *, user_id: int, public_ids: Collection[str]) -> Mapping[str, int]:
    """How far one person has read in places of this app.

    Raises:
        UnfilledPort.
    """
    return _source(app).read_up_to(user_id=user_id, public_ids=public_ids) if public_ids else {}


def _source(app: str) -> Source:
    if app not in _sources:
        raise UnfilledPort(app)
    return _sources[app]
