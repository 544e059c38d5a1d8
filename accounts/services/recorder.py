"""Writing down from where an account is used, off the path of the request: rows gather for a second and are written together.

A socket costs one row when it opens and a share of one UPDATE when it ends; while it is open, one UPDATE for 500 sockets every ten
minutes says that it was still there. What has gathered when a process is killed is lost: one second of connections at most.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import close_old_connections, connections
from django.utils import timezone

from accounts.enums import ConnectionKind, Jurisdiction
from accounts.models import ConnectionRecord, User
from core import sealing
from core.ids import new_public_id
from core.outages import log_failure
from core.peers import Peer

logger = logging.getLogger("resaka.accounts")
SCOPE = "connection"
# décret 2021-1362, art. 5; Malagasy law 2014-006 asks for nothing without a requisition.
KEPT = timedelta(days=365)
KEPT_IN: dict[str, timedelta] = {Jurisdiction.MG: timedelta(days=30)}
GATHER_SECONDS = 1.0
STILL_THERE_SECONDS = 600.0
MOST = 50_000  # rows that wait while the database is away; beyond, the oldest are given up
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that was noted: where its record will be found."""

    ref: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class _Row:
    connection: Connection
    user_id: int
    kind: ConnectionKind
    peer: Peer


class _Book:
    """What is still to be written, and which sockets are open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: deque[_Row] = deque(maxlen=MOST)
        self._ended: deque[str] = deque(maxlen=MOST)
        self._open: set[str] = set()

    def begin(self, row: _Row) -> None:
        with self._lock:
            self._rows.append(row)
            if row.kind == ConnectionKind.SOCKET:
                self._open.add(row.connection.ref)

    def end(self, ref: str) -> None:
        with self._lock:
            self._open.discard(ref)
            self._ended.append(ref)

    def take_rows(self) -> list[_Row]:
        with self._lock:
            return [self._rows.popleft() for _number in range(min(_BATCH, len(self._rows)))]

    def put_back(self, rows: list[_Row]) -> None:
        with self._lock:
            self._rows.extendleft(reversed(rows))

    def take_ended(self) -> list[str]:
        with self._lock:
            ended, self._ended = list(self._ended), deque(maxlen=MOST)
        return ended

    def open_refs(self) -> list[str]:
        with self._lock:
            return list(self._open)


_book = _Book()


def record_connection(*, user_id: int, kind: ConnectionKind, peer: Peer, now: datetime) -> Connection:
    """Note a log-in or a socket. Where a recorder runs this only leaves a note for it; elsewhere it is written at once."""
    made = Connection(new_public_id(), now)
    _book.begin(_Row(made, user_id, kind, peer))
    if _recorder is None:
        write_down(now=now)
    return made


def end_connection(made: Connection) -> None:
    """Note that a socket is closed; it is written with the next ones. Callable on a loop: it touches no database."""
    _book.end(made.ref)


def write_down(*, now: datetime) -> int:
    """Write what has gathered; the number of new records.

    Raises:
        DatabaseError: nothing is lost, the next call tries again.
    """
    written = 0
    while rows := _book.take_rows():
        try:
            _insert(rows)
        except Exception:
            _book.put_back(rows)
            raise
        written += len(rows)
    _touch(_book.take_ended(), now)
    return written


def _insert(rows: list[_Row]) -> None:
    lived = dict(User.objects.filter(pk__in={row.user_id for row in rows}).values_list("pk", "jurisdiction"))
    ConnectionRecord.objects.bulk_create(_record(row, lived.get(row.user_id, "")) for row in rows)


def _record(row: _Row, jurisdiction: str) -> ConnectionRecord:
    ref, started_at = row.connection.ref, row.connection.started_at
    text = json.dumps([row.peer.ip, row.peer.port, row.peer.protocol])
    return ConnectionRecord(
        ref=ref,
        started_at=started_at,
        last_seen_at=started_at,
        expires_at=started_at + KEPT_IN.get(jurisdiction, KEPT),
        user_id=row.user_id,
        kind=row.kind,
        peer=sealing.seal(SCOPE, text.encode(), ad_of(ref)),
    )


def _touch(refs: list[str], now: datetime) -> None:
    for start in range(0, len(refs), _BATCH):
        ConnectionRecord.objects.filter(ref__in=refs[start : start + _BATCH], started_at__lte=now).update(last_seen_at=now)


def ad_of(ref: str) -> str:
    """What the sealed peer of a record is bound to."""
    return f"accounts.ConnectionRecord.peer:{ref}"


class Recorder(threading.Thread):
    """Writes what has gathered, every second."""

    def __init__(self) -> None:
        super().__init__(name="resaka-recorder", daemon=True)
        self._stopped = threading.Event()
        self._rounds = 0

    def run(self) -> None:
        while not self._stopped.wait(GATHER_SECONDS):
            close_old_connections()
            self.round()
        self.round()
        connections.close_all()

    def round(self) -> None:
        """One look at what has gathered."""
        self._rounds += 1
        try:
            now = timezone.now()
            write_down(now=now)
            if self._rounds % int(STILL_THERE_SECONDS / GATHER_SECONDS) == 0:
                _touch(_book.open_refs(), now)
        except Exception as error:  # it comes again in a second
            log_failure(logger, "connections wait to be written", error)

    def stop(self) -> None:
        """Write the rest, then end."""
        self._stopped.set()
        self.join(timeout=10)


_recorder: Recorder | None = None


def start() -> None:
    """Let this process gather its connections."""
    global _recorder
    if _recorder is None:
        _recorder = Recorder()
        _recorder.start()


def stop() -> None:
    """Write what has gathered; from now on each is written at once."""
    global _recorder
    if _recorder is not None:
        _recorder.stop()
    _recorder = None
