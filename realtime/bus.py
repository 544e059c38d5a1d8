"""The live bus: carries what was committed to the hub of every process. May lose anything; the log repairs it.

The embedded shape has one process, so its bus hands over in memory (`LocalBus`); several processes meet in Redis (`realtime.redis_bus`).
Every process hears everything and leaves aside what none of its sockets wants.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from realtime.registry import LogEntry


class Posted(msgspec.Struct, frozen=True, tag="p", array_like=True):
    """Events of a topic's log, in their order."""

    topic: str
    entries: tuple[LogEntry, ...]
    at: float = 0.0  # when they were handed to the bus, in seconds of the clock; 0 for events that nobody waits for


class Passing(msgspec.Struct, frozen=True, tag="e", array_like=True):
    """Something ephemeral on a topic."""

    topic: str
    kind: str
    actor: str
    data: dict[str, Any]


class Lost(msgspec.Struct, frozen=True, tag="l", array_like=True):
    """A person lost a topic: their sockets stop listening at once and are told `code`."""

    user: str
    topic: str
    code: str


class Ended(msgspec.Struct, frozen=True, tag="x", array_like=True):
    """A person's sockets are to be closed; those of one log-in alone when `session_key` is given."""

    user: str
    code: int
    session_key: str = ""


class Veiled(msgspec.Struct, frozen=True, tag="v", array_like=True):
    """A person shall no longer see what `actor` does, or shall see it again."""

    user: str
    actor: str
    hidden: bool


class Forgotten(msgspec.Struct, frozen=True, tag="f", array_like=True):
    """The key of a sealing scope was destroyed: no process may remember it."""

    scope: str


Parcel = Posted | Passing | Lost | Ended | Veiled | Forgotten


class Bus(Protocol):
    """What the live side needs of a bus. None of it raises or waits; any thread may publish, the rest belongs to the loop."""

    @property
    def state(self) -> str:
        """`local` (one process), `ok`, or `down`: parcels reach this process alone until it is back."""

    def attach(self, receive: Callable[[Sequence[Parcel]], None], back: Callable[[], None]) -> None:
        """From now on parcels go to `receive`, on the loop that runs now. `back` is called when other processes are heard, for the
        first time or again: what they said before was missed."""

    async def detach(self) -> None:
        """Nobody listens any more."""

    def publish(self, parcel: Parcel) -> None:
        """Send to every process, this one included."""

    def publish_all(self, parcels: Sequence[Parcel]) -> None:
        """Send many at once, in their order."""

    async def exchange(self, note: bytes) -> list[bytes]:
        """Leave a note that lasts a few seconds; the notes of the other processes."""

    def read_notes(self) -> list[bytes]:
        """The notes of all processes, for one that has no sockets and leaves none itself; it may wait half a second. Elsewhere none."""


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """The loop of this thread, if one runs."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class LocalBus:
    """Hands parcels to the loop of the same process. Parcels of one burst wake the loop once."""

    state = "local"

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._receive: Callable[[Sequence[Parcel]], None] | None = None
        self._parcels: list[Parcel] = []
        self._awake = False
        self._lock = threading.Lock()

    def attach(self, receive: Callable[[Sequence[Parcel]], None], back: Callable[[], None]) -> None:
        with self._lock:
            self._loop, self._receive, self._awake = asyncio.get_running_loop(), receive, False
            self._parcels.clear()

    async def detach(self) -> None:
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
            if _running_loop() is self._loop:
                self._loop.call_soon(self._deliver)
            else:
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            self._awake = False
            parcels, self._parcels = self._parcels, []
            receive = self._receive
        if receive is not None:
            receive(parcels)
            self._spread(parcels)

    def _spread(self, parcels: Sequence[Parcel]) -> None:
        """Send to the other processes; here there are none."""

    async def exchange(self, note: bytes) -> list[bytes]:
        return []

    def read_notes(self) -> list[bytes]:
        return []
