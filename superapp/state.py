"""How the house stands: its databases, the live bus, the outbox. Asked by probes, by the metrics and by staff."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from accounts.queries.trustedlist import measure_list
from billing.queries.ledger import measure_ledger
from billing.queries.unknown import measure_unknown
from core import metrics, outbox
from core.routers import KEYS, KEYS_APP
from realtime import lifecycle

_KEPT_SECONDS = 10.0
OK, WAITS, SILENT = "ok", "migrations wait", "does not answer"


@dataclass(frozen=True, slots=True)
class State:
    """`bus` is `ok`, `down` or `local` (one process alone); `outbox` is None while the database does not answer."""

    databases: dict[str, str]
    bus: str
    outbox: outbox.Standing | None

    @property
    def ready(self) -> bool:
        """Whether requests can be served. Without the bus they can: each process reads the log itself."""
        return all(state == OK for state in self.databases.values())

    @property
    def degraded(self) -> list[str]:
        """The parts without which the service goes on, but worse."""
        return ["bus"] if self.bus == "down" else []


class _Kept:
    """What is dear to find out is asked again after ten seconds."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._migrated: dict[str, float] = {}
        self._standing: tuple[float, outbox.Standing] | None = None

    def migrated(self, alias: str) -> bool:
        """Whether no migration waits; what waits is asked again at once."""
        if time.monotonic() < self._migrated.get(alias, 0.0):
            return True
        executor = MigrationExecutor(connections[alias])
        if executor.migration_plan(executor.loader.graph.leaf_nodes(KEYS_APP if alias == KEYS else None)):
            return False
        self._migrated[alias] = time.monotonic() + _KEPT_SECONDS
        return True

    def standing(self, now: datetime) -> outbox.Standing:
        if self._standing is None or time.monotonic() >= self._standing[0]:
            self._standing = (time.monotonic() + _KEPT_SECONDS, outbox.standing(now=now))
            measure_list(now=now)
            measure_ledger()
            measure_unknown(now=now)
        return self._standing[1]


_kept = _Kept()


def forget() -> None:
    """Ask everything anew (between tests)."""
    _kept.forget()


def look(*, now: datetime) -> State:
    """The state now; it costs a ping a database, and every ten seconds a little more."""
    databases = {alias: _database(alias) for alias in settings.DATABASES if alias != "replica"}
    standing = None
    if databases["default"] == OK:
        try:
            standing = _kept.standing(now)
        except DatabaseError:
            databases["default"] = SILENT
    state = State(databases=databases, bus=lifecycle.bus_state(), outbox=standing)
    _measure(state)
    return state


def _database(alias: str) -> str:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
        return OK if _kept.migrated(alias) else WAITS
    except DatabaseError:
        return SILENT


def _measure(state: State) -> None:
    metrics.BUS_UP.set(state.bus != "down")
    for alias, word in state.databases.items():
        metrics.DATABASE_UP.labels(alias).set(word == OK)
    if state.outbox:
        metrics.OUTBOX_PENDING.set(state.outbox.pending)
        metrics.OUTBOX_PARKED.set(state.outbox.parked)
        metrics.OUTBOX_AGE.set(state.outbox.age_seconds)
