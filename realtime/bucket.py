"""Limits of one socket: how many frames it may send, and how many bad ones it is forgiven."""

from __future__ import annotations


class Bucket:
    """A token bucket: `rate` tokens in ten seconds, at most `burst` saved up. Times are monotonic seconds."""

    __slots__ = ("_at", "_burst", "_per_second", "_tokens")

    def __init__(self, *, rate: int, burst: int, now: float) -> None:
        self._per_second = rate / 10
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = now

    def take(self, now: float) -> float:
        """Take one token. 0 when there was one, else the seconds until there will be."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._per_second


class Strikes:
    """Counts faults within a window of seconds."""

    __slots__ = ("_limit", "_times", "_window")

    def __init__(self, *, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._times: list[float] = []

    def add(self, now: float) -> bool:
        """Note a fault; whether it was the `limit`-th within the window."""
        self._times = [*self._times, now][-self._limit :]
        return len(self._times) == self._limit and now - self._times[0] <= self._window
