"""A topic of this process: its newest events, who listens, and the order in which events leave."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from core import metrics
from realtime.frames import Frame, events_frame
from realtime.registry import LogEntry

if TYPE_CHECKING:
    from realtime.socket import Subscription

TAIL_EVENTS = 256
TAIL_BYTES = 256 * 1024
BATCH_EVENTS = 50
BATCH_BYTES = 32 * 1024


class Topic:
    """One log as this process knows it. `last` is the newest `seq` that has left; what is later waits in `held` for the gap to close."""

    __slots__ = ("_tail", "_tail_bytes", "held", "idle_since", "last", "listeners", "name", "people", "room")

    def __init__(self, *, name: str, room: str, last: int) -> None:
        self.name = name
        self.room = room
        self.last = last
        self.listeners: dict[int, Subscription] = {}
        self.people: Counter[str] = Counter()
        self.held: dict[int, LogEntry] = {}
        self.idle_since: float | None = None
        self._tail: deque[LogEntry] = deque()
        self._tail_bytes = 0

    @property
    def id(self) -> str:
        """The topic's name without its prefix."""
        return self.name.partition(":")[2]

    def accept(self, entries: Iterable[LogEntry]) -> bool:
        """Take events from the bus or from the log. False when some must wait for the ones before them."""
        ready: list[LogEntry] = []
        following = self.last + 1
        for entry in entries:
            if entry.seq > following:
                self.held[entry.seq] = entry
            elif entry.seq == following:
                ready.append(entry)
                following += 1
                while (next_one := self.held.pop(following, None)) is not None:
                    ready.append(next_one)
                    following += 1
        while ready:
            batch = cut_batch(ready)
            self._leave(batch)
            ready = ready[len(batch) :]
        return not self.held

    def _leave(self, batch: Sequence[LogEntry]) -> None:
        """Append to the tail and write to every socket whose cursor stands right before; the others catch up by themselves."""
        before, last = self.last, batch[-1].seq
        self.last = last
        for entry in batch:
            self._remember(entry)
        named = frozenset([name for entry in batch for name in (entry.actor, entry.about, *entry.named) if name])
        seen_by_all = self._frame(batch, frozenset())
        made: dict[frozenset[str], Frame] = {}
        written = 0
        for listener in self.listeners.values():
            socket = listener.socket
            if listener.cursor >= last:  # it read the log itself, further than this process had heard
                continue
            if listener.cursor != before or not socket.is_free():
                listener.fall_behind()
                continue
            listener.cursor = last
            written += 1
            if socket.hidden and (veiled := socket.hidden & named):
                if veiled not in made:
                    made[veiled] = self._frame(batch, veiled)
                socket.write(made[veiled])
            else:
                socket.write(seen_by_all)
        metrics.DELIVERIES.inc(written)

    def _frame(self, batch: Sequence[LogEntry], veiled: frozenset[str]) -> Frame:
        """The push of a batch for those who must not see the `veiled`."""
        bodies = [entry.seen_without(veiled) for entry in batch]
        return events_frame(room=self.room, bodies=bodies, last=batch[-1].seq)

    def _remember(self, entry: LogEntry) -> None:
        if entry.rewrites:  # whoever comes back from further away reads the log as it is now
            self._tail.clear()
            self._tail_bytes = 0
        self._tail.append(entry)
        self._tail_bytes += len(entry.body)
        while len(self._tail) > TAIL_EVENTS or self._tail_bytes > TAIL_BYTES:
            self._tail_bytes -= len(self._tail.popleft().body)

    def read_tail(self, after: int) -> list[LogEntry] | None:
        """The next batch after a cursor. None when the tail no longer reaches back so far."""
        if after >= self.last:
            return []
        if not self._tail or self._tail[0].seq > after + 1:
            return None
        first = after + 1 - self._tail[0].seq
        return cut_batch(list(islice(self._tail, first, first + BATCH_EVENTS)))

    def presence(self) -> tuple[str, ...]:
        """The people who are here and do not hide it."""
        return tuple(self.people)


def cut_batch(entries: list[LogEntry]) -> list[LogEntry]:
    """As many of the first entries as one push may carry, at least one."""
    size = 0
    for count, entry in enumerate(entries[:BATCH_EVENTS]):
        size += len(entry.body)
        if size > BATCH_BYTES and count:
            return entries[:count]
    return entries[:BATCH_EVENTS]
