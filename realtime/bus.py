"""The live bus: carries what was committed to the hub of every process. May lose anything; the log repairs it.

The embedded shape has one process, so its bus hands over in memory. Another bus needs the same three deeds.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from realtime.registry import LogEntry


@dataclass(frozen=True, slots=True)
class Posted:
    """An event of a topic's log."""

    topic: str
    entry: LogEntry


@dataclass(frozen=True, slots=True)
class Passing:
    """Something ephemeral on a topic."""

    topic: str
    kind: str
    actor: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lost:
    """A person lost a topic: their sockets stop listening at once and are told `code`."""

    user: str
    topic: str
    code: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A person's sockets are to be closed; those of one log-in alone when `session_key` is given."""

    user: str
    code: int
    session_key: str = ""


@dataclass(frozen=True, slots=True)
class Veiled:
    """A person shall no longer see what `actor` does, or shall see it again."""

    user: str
    actor: str
    hidden: bool


Parcel = Posted | Passing | Lost | Ended | Veiled


class Bus(Protocol):
    """What the services need of a bus. None of it raises or waits; any thread may publish."""

    def attach(self, receive: Callable[[Parcel], None]) -> None:
        """From now on parcels go to `receive`, on the loop that runs now."""

    def detach(self) -> None:
        """Nobody listens any more."""

    def publish(self, parcel: Parcel) -> None:
        """Send to every process, this one included."""

    def publish_all(self, parcels: Sequence[Parcel]) -> None:
        """Send many at once, in their order."""


class LocalBus:
    """Hands parcels to the loop of the same process. Parcels of one burst wake the loop once."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._receive: Callable[[Parcel], None] | None = None
        self._parcels: deque[Parcel] = deque()
        self._awake = False
        self._lock = threading.Lock()

    def attach(self, receive: Callable[[Parcel], None]) -> None:
        with self._lock:
            self._loop, self._receive, self._awake = asyncio.get_running_loop(), receive, False
            self._parcels.clear()

    def detach(self) -> None:
        with self._lock:
            self._loop = self._receive = None

    def publish(self, parcel: Parcel) -> None:
        self.publish_all([parcel])

    def publish_all(self, parcels: Sequence[Parcel]) -> None:
        with self._lock:
            if self._loop is None or self._loop.is_closed():
                return
            self._parcels.extend(parcels)
            if self._awake:
                return
            self._awake = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            self._awake = False
            parcels, self._parcels = self._parcels, deque()
            receive = self._receive
        if receive is not None:
            for parcel in parcels:
                receive(parcel)


bus: Bus = LocalBus()
