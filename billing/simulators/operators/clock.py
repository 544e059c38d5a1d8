"""Time that can be moved, and deeds that wait for their moment."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """The time of this machine, and what was added to it by hand."""

    def __init__(self) -> None:
        self._added = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._added

    def today(self) -> str:
        """The day, in UTC, as 2026-11-26."""
        return write_moment(self.now())[:10]

    def add(self, seconds: float) -> None:
        """Be later, or earlier, from now on."""
        self._added += seconds

    def reset(self) -> None:
        """The time of this machine again."""
        self._added = 0.0


class Schedule:
    """Runs deeds when their moment on the clock has come, in a thread of its own, one after the other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._number = itertools.count()
        self._wake = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def at(self, moment: float, deed: Callable[[], object]) -> None:
        """Run `deed` at a moment of the clock."""
        with self._wake:
            heapq.heappush(self._heap, (moment, next(self._number), deed))
            self._wake.notify()

    def nudge(self) -> None:
        """The clock was moved: look again."""
        with self._wake:
            self._wake.notify()

    def forget(self) -> None:
        """Nothing is to be done any more."""
        with self._wake:
            self._heap.clear()

    def _run(self) -> None:
        while True:
            with self._wake:
                left = self._heap[0][0] - self._clock.now() if self._heap else None
                if left is None or left > 0:
                    self._wake.wait(left)
                    continue
                deed = heapq.heappop(self._heap)[2]
            try:
                deed()
            except Exception:  # one deed that fails must not stop the others
                traceback.print_exc()


def write_moment(moment: float) -> str:
    """2026-11-26T10:00:00.123Z."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
