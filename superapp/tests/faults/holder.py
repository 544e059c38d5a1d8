"""A process that takes something of the house and keeps it until it is killed; it says so in one line.

python -m superapp.tests.faults.holder job NAME SECONDS | claim | room PUBLIC_ID
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from core import outbox  # noqa: E402
from core.clock import shared_now  # noqa: E402
from superapp.schedule import Job, run_job  # noqa: E402


def _hold(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()
    time.sleep(600)


def _job(name: str, seconds: str) -> None:
    """In the middle of a job of the schedule, under its lease."""
    if not run_job(Job(name=name, seconds=int(seconds), run=lambda: _hold("held"))):
        sys.stdout.write("refused\n")


def _claim() -> None:
    """With deliveries of the outbox in its hands."""
    _hold(len(outbox.claim(now=shared_now())))


def _room(public_id: str) -> None:
    """In a transaction that has locked a room, as one that sends does."""
    with transaction.atomic():
        connection.cursor().execute("SELECT id FROM chat_room WHERE public_id = %s FOR UPDATE", [public_id])
        _hold("held")


_DEEDS: dict[str, Callable[..., None]] = {"job": _job, "claim": _claim, "room": _room}

if __name__ == "__main__":
    _DEEDS[sys.argv[1]](*sys.argv[2:])
