"""Who is on which topic, over all processes. Nothing is written for a heartbeat: a process tells the others its whole list now and then.

A process that dies falls silent, and its people are gone when its last note has run out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping

import msgspec

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(dict[str, list[str]]).decode


class Presence:
    """Lists are replaced as a whole, so that any thread may read them."""

    def __init__(self) -> None:
        self._own: dict[str, tuple[str, ...]] = {}
        self._others: dict[str, tuple[str, ...]] = {}

    def here(self, topic: str) -> tuple[str, ...]:
        """Public ids of the people on a topic who do not hide it."""
        own, others = self._own.get(topic, ()), self._others.get(topic)
        return own if not others else tuple(dict.fromkeys((*own, *others)))

    def set_own(self, topic: str, people: tuple[str, ...]) -> bool:
        """Replace who is there through this process; whether that changed."""
        if people == self._own.get(topic, ()):
            return False
        if people:
            self._own[topic] = people
        else:
            self._own.pop(topic, None)
        return True

    def note(self) -> bytes:
        """What this process tells the others."""
        return _pack(self._own)

    def set_others(self, notes: Iterable[bytes]) -> set[str]:
        """Replace what the others told; the topics where that changed something."""
        merged: dict[str, dict[str, None]] = {}
        for note in notes:
            for topic, people in _read(note).items():
                merged.setdefault(topic, {}).update(dict.fromkeys(people))
        old, self._others = self._others, {topic: tuple(people) for topic, people in merged.items()}
        return {topic for topic in old.keys() | self._others.keys() if old.get(topic) != self._others.get(topic)}

    def clear(self) -> None:
        """Nobody is there."""
        self._own.clear()
        self._others.clear()


def _read(note: bytes) -> Mapping[str, list[str]]:
    try:
        return _unpack(note)
    except msgspec.DecodeError:  # another version of us, during an upgrade
        return {}


class Onlooker:
    """For a process without sockets: what the others told, read when somebody asks and kept for a moment."""

    SECONDS = 2.0

    def __init__(self) -> None:
        self._told = Presence()
        self._lock = threading.Lock()
        self._read_at: float | None = None

    def here(self, topic: str, read: Callable[[], list[bytes]]) -> tuple[str, ...]:
        """The people on a topic by the notes that `read` gives."""
        with self._lock:
            now = time.monotonic()
            if self._read_at is None or now - self._read_at >= self.SECONDS:
                self._read_at = now
                self._told.set_others(read())
        return self._told.here(topic)

    def forget(self) -> None:
        """Ask anew at the next question (between tests)."""
        self._read_at = None


presence = Presence()
onlooker = Onlooker()
