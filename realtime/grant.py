"""A right to hear a topic that ends by itself, unless whoever gave it says that it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

# A clock that is put forward, or a right without end, must not keep a timer for years: then it is asked sooner.
_LONGEST = 24 * 3600.0


class Grant:
    """Holds until `until`; then `renew` is asked in a thread, and gives the next end or None. `code` is what the client is told then."""

    __slots__ = ("_timer", "code", "renew", "until")

    def __init__(self, *, until: datetime, renew: Callable[[], datetime | None], code: str) -> None:
        self.until = until
        self.renew = renew
        self.code = code
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, ended: Callable[[], None]) -> None:
        """Call `ended` on the loop when the end has come, once."""
        self.forget()
        left = (self.until - timezone.now()).total_seconds()
        self._timer = asyncio.get_running_loop().call_later(min(max(left, 0.0), _LONGEST), ended)

    def forget(self) -> None:
        """Nobody listens by it any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
