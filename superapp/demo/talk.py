"""How a talk of the demo is written, line by line:

@ 12 19:30            twelve days ago, at half past seven in the evening (Madagascar)
@ 0 -40               forty minutes ago
hery: Words           a message
| More words          its next line
hery ^1: Words        an answer to the message before (^2: the one before that)
* 👍 amina ben        reactions to the message above
~ Other words         its author corrects it
! pin                 the moderator pins it
! delete              its author takes it back
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_HOME = ZoneInfo("Indian/Antananarivo")
_MESSAGE = re.compile(r"(?P<who>\w+)(?: \^(?P<back>\d+))?: (?P<text>.+)")


class BadTalk(ValueError):
    """A line that nobody can read; the message quotes it."""


@dataclass(slots=True)
class Line:
    """A message with what was done to it. `reply` is the place in the talk of what it answers."""

    who: str
    text: str
    at: datetime
    reply: int | None = None
    edited: str = ""
    pinned: bool = False
    deleted: bool = False
    reactions: list[tuple[str, str]] = field(default_factory=list)


def parse_talk(text: str, *, slug: str, now: datetime) -> list[Line]:
    """The messages of a talk in order, with times that are the same for the same `slug` and day.

    Raises:
        BadTalk.
    """
    chance = random.Random(slug)  # noqa: S311  (pauses between messages)
    lines: list[Line] = []
    at = now - timedelta(days=1)
    for row in _rows(text):
        if row.startswith("@ "):
            at = _session(row, now)
        elif found := _MESSAGE.fullmatch(row):
            at += timedelta(seconds=chance.randint(20, 260))
            lines.append(Line(who=found["who"], text=found["text"], at=min(at, now), reply=_answered(row, found["back"], lines)))
        else:
            _deed(row, lines)
    return lines


def _rows(text: str) -> Iterator[str]:
    return (row.strip() for row in text.splitlines() if row.strip())


def _answered(row: str, back: str | None, lines: list[Line]) -> int | None:
    if back is None:
        return None
    place = len(lines) - int(back)
    if not 0 <= place < len(lines):
        raise BadTalk(row)
    return place


def _session(row: str, now: datetime) -> datetime:
    days, clock = row[2:].split()
    if clock.startswith("-"):
        return now - timedelta(minutes=int(clock[1:]))
    hour, minute = clock.split(":")
    day = now.astimezone(_HOME) - timedelta(days=int(days))
    return day.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


def _deed(row: str, lines: list[Line]) -> None:
    if not lines:
        raise BadTalk(row)
    last = lines[-1]
    if row.startswith("* "):
        emoji, *people = row[2:].split()
        last.reactions += [(person, emoji) for person in people]
    elif row.startswith("| "):
        last.text += "\n" + row[2:]
    elif row.startswith("~ "):
        last.edited = row[2:]
    elif row == "! pin":
        last.pinned = True
    elif row == "! delete":
        last.deleted = True
    else:
        raise BadTalk(row)
