"""A circuit breaker: after a failure nobody tries for a few seconds, then one caller does, and the others wait for what it finds."""

from __future__ import annotations

import threading
import time


class Breaker:
    """Closed while all goes well. Any thread may use it; asking costs nothing while it is closed."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._closed_until_failure = True
        self._next_try = 0.0
        self._lock = threading.Lock()

    @property
    def closed(self) -> bool:
        """Whether the last attempt went well."""
        return self._closed_until_failure

    def allows(self) -> bool:
        """Whether to try now; when it was open, the caller that gets a yes tries for all."""
        if self._closed_until_failure:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._next_try:
                return False
            self._next_try = now + self._seconds
            return True

    def failed(self) -> bool:
        """It did not work; whether it had worked until now."""
        with self._lock:
            was_closed, self._closed_until_failure = self._closed_until_failure, False
            self._next_try = time.monotonic() + self._seconds
        return was_closed

    def worked(self) -> bool:
        """It works; whether it had failed before."""
        if self._closed_until_failure:
            return False
        with self._lock:
            was_closed, self._closed_until_failure = self._closed_until_failure, True
        return not was_closed
