"""Measurements of the rights of people inside the product's process: `python -m benchmarks.rights_inside NAME`, an order as JSON on
standard input."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import django

_FIELDS = "(room_id, seq, kind, n, actor_id, target_seq, payload, at, expires_at)"
_BATCH = 1000


def erasure(order: dict[str, Any]) -> dict[str, Any]:
    """Fill the rooms, then erase one person and time each step."""
    from django.utils import timezone

    from accounts.models import User
    from chat.services.partitions import make_partitions
    from privacy.enums import RequestKind
    from privacy.erasure import saga, steps
    from privacy.models import DeletionRecord
    from privacy.services.requests import ask

    now = timezone.now()
    person, other = User.objects.get(pk=order["people"][0]), order["people"][1]
    each = order["messages"] // len(order["rooms"])
    make_partitions(now=now)
    for room in order["rooms"]:
        _fill(room, person.pk, other, each, now)
    _tell(person.pk, order["notices"], now)
    spent: dict[str, float] = {}
    steps.STEPS = tuple(_timed(step, spent) for step in steps.STEPS)
    request = ask(user=person, kind=RequestKind.ERASURE, now=now)
    started = time.monotonic()
    state = saga.run_erasure(request_id=request.pk, now=now)
    return {
        "messages": each * len(order["rooms"]),
        "state": state.value,
        "seconds": time.monotonic() - started,
        "steps": spent,
        "records": DeletionRecord.objects.count(),
        "left": _left(person.pk),
    }


def _timed(step: Any, spent: dict[str, float]) -> Any:
    """The step, and what it takes; its proof counts too."""

    def clock(deed: Any) -> Any:
        def run(*given: Any) -> Any:
            began = time.monotonic()
            try:
                return deed(*given)
            finally:
                spent[step.name.value] = spent.get(step.name.value, 0.0) + time.monotonic() - began

        return run

    return replace(step, run=clock(step.run), prove=clock(step.prove), outside=clock(step.outside) if step.outside else None)


def _fill(room: int, person: int, other: int, each: int, now: datetime) -> None:
    """As many messages of the person as of somebody else, in turns, with their traces."""
    from django.db import connection

    from chat.models import Membership

    expires = now + timedelta(days=7)
    with connection.cursor() as cursor:
        for first, author in ((1, person), (2, other)):
            cursor.execute(
                f"INSERT INTO chat_roomevent {_FIELDS} SELECT %s, seq, 1, seq, %s, NULL, RANDOM_BYTES(260), %s, %s "  # noqa: S608  (numbers)
                f"FROM seq_{first}_to_{2 * each}_step_2",
                [room, author, now, expires],
            )
            cursor.execute(
                "INSERT INTO chat_messagemeta (room_id, seq, author_id, client_id, at) SELECT %s, seq, %s, UUID(), %s "  # noqa: S608  (numbers)
                f"FROM seq_{first}_to_{2 * each}_step_2",
                [room, author, now],
            )
        cursor.execute("UPDATE chat_room SET last_seq = %s, last_n = %s WHERE id = %s", [2 * each, 2 * each, room])
    for user_id in (person, other):
        Membership.objects.get_or_create(room_id=room, user_id=user_id, defaults={"state": "JOINED", "joined_at": now})


def _tell(person: int, count: int, now: datetime) -> None:
    from notifications.models import Notification

    plain = {"kind": "NEW_LOGIN", "subject_app": "accounts", "subject_kind": "USER", "subject_public_id": "x" * 20, "path": "/account/"}
    rows = (Notification(user_id=person, group_key="g", dedupe_key=f"n{number}", created_at=now, **plain) for number in range(count))
    Notification.objects.bulk_create(rows, batch_size=_BATCH)


def _left(person: int) -> int:
    """Rows of the log that still say something of theirs: none, or it was no erasure."""
    from chat.models import RoomEvent

    return RoomEvent.objects.filter(actor_id=person).exclude(payload=b"").count()


COMMANDS = {"erasure": erasure}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
    django.setup()
    print(json.dumps(COMMANDS[sys.argv[1]](json.load(sys.stdin))), flush=True)


if __name__ == "__main__":
    main()
