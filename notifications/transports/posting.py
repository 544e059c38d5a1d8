"""Handing many parcels to push services at once: a few threads, each with a line to one host. No thread touches the database.

A host that does not answer is asked again after half a minute by one parcel, not by each; one that refuses our keys, after ten minutes.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from core.breaker import Breaker
from core.hosts import Host
from core.http import Answer, Line, NotConnected, OutboundError, TooSlow

SECONDS = 5.0
MOST_BYTES = 8 * 1024
AWAY = timedelta(seconds=30)
SHUT = timedelta(minutes=10)
_THREADS = 16
_TOO_LARGE = 413


class HostRests(Exception):
    """Nothing was sent: the host did not answer a moment ago, or refuses our keys, or the time for this lot was over."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request. `spare` makes what is sent instead when the service found `content` too large. `blames_us` are the answers that mean
    that our keys are wrong, so that nobody else need knock there for a while; empty where the address itself may be what is wrong, since
    anybody can leave such an address."""

    number: int
    url: str
    host: str
    headers: Mapping[str, str]
    content: bytes
    spare: Callable[[], bytes] | None = None
    blames_us: tuple[int, ...] = ()


Reply = Answer | OutboundError | HostRests


class _Gates:
    """Which hosts may be asked now."""

    def __init__(self) -> None:
        self._away: dict[str, Breaker] = {}
        self._shut: dict[str, Breaker] = {}
        self._lock = threading.Lock()

    def allows(self, host: str) -> bool:
        return self._of(self._shut, host, SHUT).allows() and self._of(self._away, host, AWAY).allows()

    def note(self, parcel: Parcel, reply: Answer | OutboundError) -> None:
        away, shut = self._of(self._away, parcel.host, AWAY), self._of(self._shut, parcel.host, SHUT)
        if isinstance(reply, NotConnected | TooSlow):
            away.failed()
            return
        away.worked()
        if isinstance(reply, Answer) and reply.status in parcel.blames_us:
            shut.failed()
        elif isinstance(reply, Answer) and reply.status < 300:
            shut.worked()

    def forget(self) -> None:
        with self._lock:
            self._away.clear()
            self._shut.clear()

    def _of(self, breakers: dict[str, Breaker], host: str, rest: timedelta) -> Breaker:
        with self._lock:
            return breakers.setdefault(host, Breaker(seconds=rest.total_seconds()))


_gates = _Gates()


def post_all(parcels: Sequence[Parcel], *, among: Sequence[Host], seconds: float = 15.0) -> dict[int, Reply]:
    """What came of each parcel, by its number, within `seconds` and the 5 of what was then under way. Only hosts of `among` are asked."""
    end, replies = time.monotonic() + seconds, dict[int, Reply]()
    lots = [_Lot(host, list(some), among, end, replies) for host, some in _by_host(parcels).items()]
    workers = [lot for lot in lots for _each in range(min(_THREADS // len(lots) or 1, len(lot.waiting)))]
    if len(workers) == 1:
        workers[0].work()
    elif workers:
        with ThreadPoolExecutor(min(_THREADS, len(workers)), thread_name_prefix="resaka-push") as pool:
            for done in [pool.submit(lot.work) for lot in workers]:
                done.result()
    return replies


def forget_hosts() -> None:
    """Trust every host again (between tests)."""
    _gates.forget()


def _by_host(parcels: Iterable[Parcel]) -> dict[str, list[Parcel]]:
    found: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        found.setdefault(parcel.host, []).append(parcel)
    return found


class _Lot:
    """The parcels for one host, taken by several threads."""

    def __init__(self, host: str, parcels: list[Parcel], among: Sequence[Host], end: float, replies: dict[int, Reply]) -> None:
        self.waiting = deque(parcels)
        self._host, self._among, self._end, self._replies = host, among, end, replies

    def work(self) -> None:
        """Take parcels until there are none; one line for all of them, made again after a fault."""
        line: Line | None = None
        try:
            while parcel := self._take():
                try:
                    line = line or Line(parcel.url, among=self._among)
                    self._answer(parcel, self._post(line, parcel))
                except OutboundError as error:
                    self._answer(parcel, error)
                    if line is not None:
                        line.close()
                    line = None
        finally:
            if line is not None:
                line.close()

    def _take(self) -> Parcel | None:
        """The next one that may go now; those that may not have their reply."""
        while self.waiting:
            try:
                parcel = self.waiting.popleft()
            except IndexError:  # another thread took the last one
                return None
            if time.monotonic() < self._end and _gates.allows(self._host):
                return parcel
            self._replies[parcel.number] = HostRests(self._host)
        return None

    def _post(self, line: Line, parcel: Parcel) -> Answer:
        answer = line.post(parcel.url, headers=parcel.headers, content=parcel.content, max_bytes=MOST_BYTES, seconds=SECONDS)
        if answer.status == _TOO_LARGE and parcel.spare:
            answer = line.post(parcel.url, headers=parcel.headers, content=parcel.spare(), max_bytes=MOST_BYTES, seconds=SECONDS)
        return answer

    def _answer(self, parcel: Parcel, reply: Answer | OutboundError) -> None:
        _gates.note(parcel, reply)
        self._replies[parcel.number] = reply
