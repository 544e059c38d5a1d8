"""Time as the stand-in has it: the wall's, plus what it was moved ahead; what is due happens only when it is moved."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

DAY = 86_400
HOUR = 3_600
_MONTHS = {"month": 1, "year": 12}
_order = itertools.count()


@dataclass(order=True, slots=True)
class Job:
    """A deed that is due at a moment."""

    at: int
    order: int
    run: Callable[[], None] = field(compare=False)


class Clock:
    """A clock with a diary. `frozen` clocks (Stripe's test clocks) stand still between moves; the stand-in's own goes on with the wall."""

    def __init__(self, *, frozen: int | None = None) -> None:
        self._ahead = 0
        self._at = frozen
        self._frozen = frozen is not None
        self._jobs: list[Job] = []

    def now(self) -> int:
        """Seconds since 1970."""
        return self._at if self._at is not None else int(time.time()) + self._ahead

    @property
    def ahead(self) -> int:
        """By how much it goes before the wall's clock, by which whoever asks lives."""
        return self.now() - int(time.time())

    def plan(self, at: int, run: Callable[[], None]) -> None:
        """Have a deed done when the clock is moved to `at` or beyond."""
        heapq.heappush(self._jobs, Job(at, next(_order), run))

    def step(self, to: int) -> bool:
        """Do the next deed that is due until `to`, at its own time. Whether there was one; else the clock now shows `to`."""
        if self._jobs and self._jobs[0].at <= to:
            job = heapq.heappop(self._jobs)
            self._at = max(job.at, self.now())
            job.run()
            return True
        self._at = to
        if not self._frozen:
            self._ahead, self._at = to - int(time.time()), None
        return False


def after(moment: int, interval: str, count: int = 1, *, anchor: int | None = None) -> int:
    """`count` intervals (day, week, month, year) later. The day of the month is the anchor's, or the last one of a shorter month."""
    if interval in {"day", "week"}:
        return moment + count * DAY * (7 if interval == "week" else 1)
    begun = datetime.fromtimestamp(moment, UTC)
    wished = datetime.fromtimestamp(anchor if anchor is not None else moment, UTC).day
    months = begun.year * 12 + begun.month - 1 + count * _MONTHS[interval]
    year, month = divmod(months, 12)
    return int(begun.replace(year=year, month=month + 1, day=min(wished, _days_in(year, month + 1))).timestamp())


def _days_in(year: int, month: int) -> int:
    first = datetime(year, month, 1, tzinfo=UTC)
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (following - first).days
