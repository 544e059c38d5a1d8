"""A process with a primary and a replica, which tests take away. It reads deeds from its input, one a line, and answers in JSON."""

from __future__ import annotations

import json
import secrets
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from core.models import Lease  # noqa: E402
from core.replica import breaker, from_replica  # noqa: E402


@dataclass
class Seen:
    """What a run of own writes, each read back at once, has shown."""

    stale: int = 0
    replica: int = 0
    primary: int = 0
    errors: list[str] = field(default_factory=list)
    slowest: float = 0.0


@from_replica
def _find(name: str) -> Lease | None:
    return Lease.objects.filter(name=name).first()


def _write() -> str:
    return Lease.objects.create(name=secrets.token_hex(8), until_at=timezone.now()).name


def _own(count: str) -> Any:
    """Write and read back, in the same thread; the writer may as well be another process."""
    seen = Seen()
    for _number in range(int(count)):
        name = _write()
        start = time.perf_counter()
        try:
            row = _find(name)
        except Exception as error:
            seen.errors.append(repr(error))
            continue
        seen.slowest = max(seen.slowest, time.perf_counter() - start)
        if row is None:
            seen.stale += 1
        elif row._state.db == "replica":
            seen.replica += 1
        else:
            seen.primary += 1
    return asdict(seen)


def _other(count: str) -> Any:
    """The writes of another connection, as when a socket wrote and a page reads."""
    stale = 0
    for _number in range(int(count)):
        names: list[str] = []
        writer = threading.Thread(target=_write_apart, args=(names,))
        writer.start()
        writer.join()
        stale += _find(names[0]) is None
    return stale


def _write_apart(names: list[str]) -> None:
    names.append(_write())
    connections.close_all()


def _atomic() -> Any:
    """What a transaction has written is seen inside of it."""
    with transaction.atomic():
        row = _find(_write())
        return row and row._state.db


def _broken() -> Any:
    """The replica's connection ends in the middle of the query."""
    tries = []

    @from_replica
    def query() -> str:
        row = Lease.objects.first()
        assert row
        assert row._state.db
        tries.append(row._state.db)
        if row._state.db == "replica":
            with connections["replica"].cursor() as cursor:
                cursor.execute("KILL CONNECTION_ID()")
        return row._state.db

    return query(), tries


def _save() -> Any:
    """A row that was read from the replica is written to the primary, and its relatives are read there."""
    row = _find(_write())
    assert row
    origin = row._state.db
    row.holder = "changed"
    row.save()
    return origin, row._state.db, Lease.objects.using("default").get(pk=row.pk).holder


def _closed() -> Any:
    return breaker.closed


def _migrate() -> Any:
    call_command("migrate", "core", verbosity=0)


_DEEDS = {one.__name__.lstrip("_"): one for one in (_own, _other, _atomic, _broken, _save, _closed, _migrate)}

if __name__ == "__main__":
    for line in sys.stdin:
        deed = line.split()
        sys.stdout.write(json.dumps(_DEEDS[deed[0]](*deed[1:])) + "\n")
        sys.stdout.flush()
        connections.close_all()
