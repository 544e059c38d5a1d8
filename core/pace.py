"""A limit on how often somebody may do something in this process, at the price of a dictionary look-up.

For what is done many times a second, where asking the shared cache each time would cost more than the deed. With several processes each
counts for itself; `core.ratelimit` counts for all of them together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable

_SWEEP_AT = 10_000


class Pace:
    """At most `limit` deeds of each key in a window of `seconds`, which begins with its first deed."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._windows: dict[Hashable, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def take(self, key: Hashable, *, limit: int) -> float:
        """Count one deed. 0 when it is allowed, else the seconds until the window ends."""
        now = time.monotonic()
        with self._lock:
            start, count = self._windows.get(key, (now, 0))
            if now - start >= self._seconds:
                start, count = now, 0
            if count >= limit:
                return self._seconds - (now - start)
            self._windows[key] = (start, count + 1)
            if len(self._windows) > _SWEEP_AT:
                self._sweep(now)
        return 0.0

    def _sweep(self, now: float) -> None:
        self._windows = {key: window for key, window in self._windows.items() if now - window[0] < self._seconds}

    def forget(self) -> None:
        """Begin anew (between tests)."""
        with self._lock:
            self._windows.clear()
