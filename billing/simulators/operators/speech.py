"""A call that came in, and what is said to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from billing.simulators.operators.deals import Book
from billing.simulators.operators.world import World


class Silence(Exception):
    """The connection is closed without a word."""


@dataclass(frozen=True)
class Call:
    """One request. `path` has no doubled slashes any more."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes

    def header(self, name: str) -> str:
        """A header, or nothing."""
        return str(self.headers.get(name) or "")

    def read_json(self) -> Any:
        """The body, None if it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Reply:
    """One answer: JSON, or a page."""

    status: int
    data: Any = None
    page: str = ""
    place: str = ""  # where a browser is sent
    text: str = ""  # a file
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """What was asked is not done; the reply says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def move(world: World, book: Book, deed: Callable[[], Reply], conflict: Reply) -> Reply:
    """Run a deed that moves money, with the faults of the knobs around it.

    Raises:
        Silence.
    """
    with world.lock:
        knobs, happens = book.knobs, book.happens
        book.counts["moves"] += 1
        before, lost, after, again = (
            happens(share) for share in (knobs.error_before, knobs.reply_lost, knobs.error_after, knobs.duplicate_conflict)
        )
    if before:
        return Reply(503, {"message": "Service Unavailable"})
    reply = deed()
    world.dawdle(book)
    if lost:
        raise Silence
    if after:
        return Reply(500, {"message": "Internal Server Error"})
    return conflict if again and reply.status < 300 else reply


def ask(world: World, book: Book, deed: Callable[[], Reply]) -> Reply:
    """Run a question."""
    with world.lock:
        book.counts["questions"] += 1
        if book.happens(book.knobs.status_error):
            return Reply(502, {"message": "Bad Gateway"})
        return deed()
