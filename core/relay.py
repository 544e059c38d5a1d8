"""The relay: a thread that takes due deliveries out of the outbox and hands them to whoever runs them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from django.db import connections

from core import outbox
from core.clock import shared_now
from core.connections import tend_connections
from core.outbox import Claim

logger = logging.getLogger("resaka.outbox")

LOOK_SECONDS = 1.0
LONGEST_PAUSE = 30.0

# Runs a delivery, or hands it to a broker; raises Unreachable when it takes no more.
Executor = Callable[[Claim], object]


class Unreachable(Exception):
    """Nobody took the delivery: the broker is away."""


def pump(executor: Executor, *, stopped: Callable[[], bool] = lambda: False) -> int:
    """Hand out everything that is due, or as much as there is time for; how many deliveries were taken.

    Raises:
        Unreachable: the executor takes none; the rest was given back and stays due.
    """
    total = 0
    while outbox.has_due() and (claims := outbox.claim(now=shared_now())):
        total += _hand_over(executor, claims, stopped)
        if stopped():
            break
    return total


def _hand_over(executor: Executor, claims: Sequence[Claim], stopped: Callable[[], bool]) -> int:
    for number, one in enumerate(claims):
        if stopped():
            outbox.release(claims[number:], now=shared_now())
            return number
        try:
            executor(one)
        except Unreachable as error:
            outbox.release(claims[number:], now=shared_now(), error=f"not handed over: {error}")
            raise
    return len(claims)


class Relay(threading.Thread):
    """Pumps at every commit that published something, and every second for what others left: expired leases, retries, other processes."""

    def __init__(self, executor: Executor = outbox.deliver) -> None:
        super().__init__(name="resaka-outbox", daemon=True)
        self._executor = executor
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._pause = LOOK_SECONDS

    def run(self) -> None:
        outbox.listen(self._woken)
        try:
            while not self._stopped.is_set():
                self._pump()
                self._wait()
        finally:
            outbox.forget(self._woken)
            connections.close_all()

    def _wait(self) -> None:
        if self._pause > LOOK_SECONDS:  # in trouble: nudges must not make us hammer a broker or a database that is away
            self._stopped.wait(self._pause)
        else:
            self._woken.wait(LOOK_SECONDS)
        self._woken.clear()

    def _pump(self) -> None:
        tend_connections()
        try:
            pump(self._executor, stopped=self._stopped.is_set)
        except Exception as error:
            self._pause = min(LONGEST_PAUSE, self._pause * 2)
            logger.warning("outbox waits", extra={"fields": {"why": f"{type(error).__name__}: {error}", "seconds": self._pause}})
        else:
            self._pause = LOOK_SECONDS

    def stop(self) -> None:
        """End after the delivery in hand; the others are given back."""
        self._stopped.set()
        self._woken.set()
