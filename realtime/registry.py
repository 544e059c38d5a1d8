"""What the domains lend to the sockets: commands, and the logs behind the topics. Filled once, by `superapp.routing`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from realtime.grant import Grant

T = TypeVar("T")


class LogEntry(msgspec.Struct, frozen=True, array_like=True):
    """One event of a log: `body` is its JSON object, `actor` the public id of who did it, `about` of whom it was done to, `named`
    those in its list of `mentions`.

    Each is empty when nobody may be hidden for it. `rewrites`: it took something out of the log before it, so what processes remember of
    earlier events is not to be shown any more.
    """

    seq: int
    actor: str
    body: bytes
    about: str = ""
    named: tuple[str, ...] = ()
    rewrites: bool = False

    def seen_without(self, people: Set[str]) -> bytes:
        """The body for one who shall not see these people: a hole when it was done by or to one of them, else without their mention."""
        if self.actor in people or self.about in people:
            return b'{"seq":%d,"k":"hole"}' % self.seq
        if people.isdisjoint(self.named):
            return self.body
        body = msgspec.json.decode(self.body)
        return msgspec.json.encode(body | {"mentions": [one for one in body["mentions"] if one not in people]})


@dataclass(frozen=True, slots=True)
class Stream:
    """The log behind the topics of one prefix. Both functions are synchronous and run in a thread.

    `read_after(topic_id, after, limit)` gives the entries after a `seq`, in order and without gaps;
    `last_seqs(topic_ids)` gives the newest `seq` of each, in one query.
    """

    read_after: Callable[[str, int, int], list[LogEntry]]
    last_seqs: Callable[[Sequence[str]], Mapping[str, int]]


class CommandRefused(Exception):
    """A command was refused: `code` is a word of the protocol, `retry` the seconds after which it may work, `words` what to show where
    the code does not say it all."""

    def __init__(self, code: str, *, retry: float | None = None, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.retry = retry
        self.words = words


class CommandContext(Protocol):
    """What a command may use of the socket that it came from."""

    user_id: int
    user_public_id: str

    @property
    def session_key(self) -> str:
        """The log-in with which the socket was opened."""

    def now(self) -> datetime:
        """The time of the server."""

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function that uses the database in a thread."""

    async def subscribe(
        self,
        *,
        topic: str,
        room: str,
        cursor: int,
        last: int,
        hidden: frozenset[str],
        visible: bool,
        reset: str = "",
        grant: Grant | None = None,
    ) -> None:
        """Listen to a topic after the answer of this command is written: events after `cursor`, of which `last` is the newest known.

        `room` is the topic's name in frames; events of the actors in `hidden` are holes for this socket; `visible` counts the
        person among those present, as long as `show` leaves that open; with `reset` the client is told why its cursor was of no use;
        with `grant` the topic is taken away when that ends.

        Raises:
            CommandRefused: too many topics on one socket.
        """

    async def show(self, *, topics: frozenset[str]) -> None:
        """From now on the person is present through this socket in these topics alone, whatever else it hears. Replaces the last one."""

    async def unsubscribe(self, *, topic: str) -> None:
        """Stop listening to a topic."""


Command = Callable[[CommandContext, dict[str, Any]], Awaitable[dict[str, Any] | None]]


@dataclass(frozen=True, slots=True)
class Tables:
    """Commands by the name of their frame, logs by the prefix of their topics."""

    commands: Mapping[str, Command]
    streams: Mapping[str, Stream]


_tables = Tables({}, {})


def register(*, commands: Mapping[str, Command], streams: Mapping[str, Stream]) -> Tables:
    """Put the tables in place; those that were there before come back."""
    global _tables
    old, _tables = _tables, Tables(dict(commands), dict(streams))
    return old


def list_commands() -> Mapping[str, Command]:
    """Every command that a socket may give."""
    return _tables.commands


def find_command(name: str) -> Command | None:
    """The command of a frame."""
    return _tables.commands.get(name)


def find_stream(topic: str) -> Stream | None:
    """The log behind a topic `prefix:id`; None for those that have none."""
    return _tables.streams.get(topic.partition(":")[0])
