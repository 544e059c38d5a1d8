"""Measurements that run inside the product's process: `python -m benchmarks.inside NAME`, an order as JSON on standard input."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import django

from benchmarks.notify import tell

_FIELDS = "(room_id, seq, kind, n, actor_id, target_seq, payload, at, expires_at)"
_INSERT = f"INSERT INTO chat_roomevent {_FIELDS} VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608  (fixed names)
_SEALED_ROOMS = 20  # the rooms that are read; the others hold random bytes of the same size
_PAGE = 50


def history(order: dict[str, Any]) -> dict[str, Any]:
    """Fill the log, then read pages through the product's query and through the driver alone."""
    from django.db import connection
    from django.utils import timezone

    now = timezone.now()
    started = time.monotonic()
    rooms, each = order["rooms"], order["rows"] // len(order["rooms"])
    _make_partitions(now)
    _fill(rooms, order["people"], each, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE chat_roomevent")
        cursor.fetchall()
    seconds = time.monotonic() - started
    readers = {
        "product's query": _product_reader(now),
        "first page": _product_reader(now, newest=True),
        "raw, driver alone": _raw_reader(now),
    }
    figures = {name: _time_pages(read, rooms[:_SEALED_ROOMS], each, order["pages"]) for name, read in readers.items()}
    return {"rows": each * len(rooms), "seconds": seconds, "ms": figures}


def fill_expired(order: dict[str, Any]) -> dict[str, Any]:
    """Events that expired yesterday, in the partition where they would have been, and as many traces whose year is over, which lie in no
    partition and go by batches."""
    from django.db import connection
    from django.utils import timezone

    now = timezone.now()
    _make_partitions(now - timedelta(days=1))
    yesterday = (now - timedelta(days=1)).replace(hour=12)
    each = order["rows"] // len(order["rooms"])
    with connection.cursor() as cursor:
        for room in order["rooms"]:
            cursor.execute(
                f"INSERT INTO chat_roomevent {_FIELDS} SELECT %s, seq, 1, seq, %s, NULL, RANDOM_BYTES(260), %s, %s FROM seq_1_to_{each}",  # noqa: S608  (a number)
                [room, order["people"][0], yesterday - timedelta(days=7), yesterday],
            )
            cursor.execute("UPDATE chat_room SET last_seq = %s, last_n = %s WHERE id = %s", [each, each, room])
        cursor.execute(
            "INSERT INTO chat_messagemeta (author_id, client_id, room_id, seq, at) "  # noqa: S608  (a number)
            f"SELECT seq %% 1000 + 1000000, REPLACE(UUID(), '-', ''), 0, seq, %s FROM seq_1_to_{order['rows']}",
            [now - timedelta(days=366)],
        )
    return {"rows": each * len(order["rooms"]), "traces": order["rows"]}


def purge(_order: dict[str, Any]) -> dict[str, Any]:
    """Say that one is ready, wait for a line, then destroy all that has expired: first days of the log, then rows in batches."""
    from django.utils import timezone

    from chat.models import MessageMeta, RoomEvent
    from chat.services.partitions import has_partitions
    from privacy.services.purge import purge_due, turn_days

    now = timezone.now()
    RoomEvent.objects.filter(room_id=0, seq=0).exists()  # connects
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.monotonic()
    turned = turn_days(now=now)["MESSAGE_BODY"]
    at_partitions = time.monotonic()
    rows = 0
    while done := purge_due(now=now):
        rows += sum(done.values())
    ended = time.monotonic()
    left = RoomEvent.objects.filter(expires_at__lte=now).count() + MessageMeta.objects.filter(at__lte=now - timedelta(days=365)).count()
    return {
        "seconds": ended - started,
        "left": left,
        "dropped": turned["dropped"] if has_partitions() else 0,
        "partitions_seconds": at_partitions - started,
        "batches_rows": rows,
        "batches_seconds": ended - at_partitions,
    }


def sealing(order: dict[str, Any]) -> dict[str, Any]:
    """Seal and open one by one."""
    from core import sealing as seals

    text = random.randbytes(200)
    blobs: list[bytes] = []
    seals.seal("user:1", text, "warm")
    started = time.perf_counter()
    for number in range(order["messages"]):
        blobs.append(seals.seal("user:1", text, f"chat.RoomEvent.payload:1:{number}"))  # noqa: PERF401  (timed as it is done)
    sealed = time.perf_counter()
    for number, blob in enumerate(blobs):
        seals.open_sealed("user:1", blob, f"chat.RoomEvent.payload:1:{number}")
    opened = time.perf_counter()
    return {"seal": (sealed - started) * 1e6 / order["messages"], "open": (opened - sealed) * 1e6 / order["messages"]}


def audit(order: dict[str, Any]) -> dict[str, Any]:
    """Append some entries one by one, fill up to the wanted number, and verify the whole chain."""
    from django.db import transaction
    from django.utils import timezone

    from core import audit as chain

    now, some = timezone.now(), 2000
    entry = chain.Entry("case.decide", "case", "01J" + "x" * 17, "REMOVE HARASSMENT: TERMS 4.2", actor="01K" + "x" * 17, handle="Mod-7K2")
    started = time.perf_counter()
    for _number in range(some):
        with transaction.atomic():
            chain.append(entry, now=now)
    appended = time.perf_counter()
    _lengthen_chain(order["entries"] - some, now)
    filled, cpu = time.perf_counter(), time.process_time()
    verdict = chain.verify()
    seconds = time.perf_counter() - filled
    assert verdict.holds, verdict
    return {
        "append_us": (appended - started) * 1e6 / some,
        "entries": verdict.entries,
        "seconds": seconds,
        "cpu": time.process_time() - cpu,
    }


def _lengthen_chain(count: int, now: datetime) -> None:
    """More entries like the last one, a thousand an INSERT."""
    from core.audit.chain import COVERED, SCOPE, mac_of
    from core.chains import begin
    from core.models import AuditEntry, AuditHead
    from core.sealing import mac_key

    head = AuditHead.objects.get()
    last, (kid, key) = AuditEntry.objects.get(seq=head.seq), mac_key(SCOPE)
    begun = begin(key)
    seq, mac = last.seq, last.mac
    told = {name: getattr(last, name) for name in COVERED} | {"kid": kid, "at": now}
    while count > 0:
        rows = []
        for _number in range(min(count, 1000)):
            seq += 1
            told["seq"] = seq
            row = AuditEntry(**told, prev_mac=mac)
            row.mac = mac = mac_of(begun, mac, [told[name] for name in COVERED])
            rows.append(row)
        AuditEntry.objects.bulk_create(rows)
        count -= len(rows)
    AuditHead.objects.update(seq=seq, mac=mac)


# ---- Rows ------------------------------------------------------------------------------------------------------------------------
def _make_partitions(now: datetime) -> None:
    from chat.services.partitions import turn_partitions

    turn_partitions(now=now)


def _fill(rooms: Sequence[int], people: Sequence[int], each: int, now: datetime) -> None:
    """Messages spread evenly over the last week, so that they expire over the next; every tenth event is a reaction."""
    from django.db import connection

    step = timedelta(days=7) / each
    start = now - timedelta(days=7) + timedelta(hours=1)
    with connection.cursor() as cursor:
        for room in rooms[_SEALED_ROOMS:]:
            cursor.execute(
                f"INSERT INTO chat_roomevent {_FIELDS} SELECT %s, seq, IF(MOD(seq, 10), 1, 4), seq - seq DIV 10, %s, "  # noqa: S608  (a number)
                "IF(MOD(seq, 10), NULL, seq - 3), RANDOM_BYTES(260), %s + INTERVAL seq * %s MICROSECOND, "
                f"%s + INTERVAL seq * %s MICROSECOND FROM seq_1_to_{each}",
                [room, people[0], start, _microseconds(step), start + timedelta(days=7), _microseconds(step)],
            )
        for room in rooms[:_SEALED_ROOMS]:
            _fill_sealed(cursor, room, people, each, start, step)
        cursor.execute("UPDATE chat_room SET last_seq = %s, last_n = %s", [each, each - each // 10])


def _fill_sealed(cursor: Any, room: int, people: Sequence[int], each: int, start: datetime, step: timedelta) -> None:
    from chat.enums import EventKind
    from chat.queries.payloads import payload_ad, scope_of
    from core import sealing as seals

    for first in range(1, each + 1, 1000):
        rows = []
        for seq in range(first, min(each, first + 999) + 1):
            author = people[seq % min(len(people), 30)]
            reacts = seq % 10 == 0
            said = {"emoji": "+", "on": True} if reacts else {"cid": f"00000000-0000-7000-8000-{seq:012}", "body": "x" * 150}
            at = start + step * seq
            payload = seals.seal(scope_of(author), json.dumps(said).encode(), payload_ad(room, seq))
            kind, target = (EventKind.REACT, seq - 3) if reacts else (EventKind.MESSAGE, None)
            rows.append((room, seq, int(kind), seq - seq // 10, author, target, payload, at, at + timedelta(days=7)))
        cursor.executemany(_INSERT, rows)


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


# ---- Readers ---------------------------------------------------------------------------------------------------------------------
def _product_reader(now: datetime, *, newest: bool = False) -> Callable[[int, int], int]:
    from chat.models import Membership, Room
    from chat.queries.messages import read_page

    seats: dict[int, tuple[Room, Membership]] = {}

    def read(room_id: int, before: int) -> int:
        if room_id not in seats:
            seats[room_id] = Room.objects.get(pk=room_id), Membership.objects.filter(room_id=room_id)[0]
        room, membership = seats[room_id]
        page = read_page(room=room, membership=membership, hidden=set(), now=now, before=None if newest else before, limit=_PAGE)
        assert not any(message.deleted for message in page.messages), "a payload did not open"
        return len(page.messages)

    return read


def _raw_reader(now: datetime) -> Callable[[int, int], int]:
    from django.db import connection

    connection.ensure_connection()
    cursor = connection.connection.cursor()
    sql = (
        "SELECT seq, kind, n, actor_id, target_seq, payload, at, expires_at FROM chat_roomevent "
        "WHERE room_id = %s AND expires_at > %s AND seq < %s ORDER BY seq DESC LIMIT %s"
    )
    moment = now.replace(tzinfo=None)

    def read(room_id: int, before: int) -> int:
        cursor.execute(sql, (room_id, moment, before, _PAGE))
        return len(cursor.fetchall())

    return read


def _time_pages(read: Callable[[int, int], int], rooms: Sequence[int], each: int, pages: int) -> tuple[float, float, float]:
    """Half, 99 of 100, and the most, in milliseconds; the first tenth warms up."""
    chance = random.Random(7)
    times: list[float] = []
    for _number in range(pages + pages // 10):
        room, before = chance.choice(rooms), chance.randint(2 * _PAGE, each)
        started = time.perf_counter()
        count = read(room, before)
        times.append((time.perf_counter() - started) * 1e3)
        assert count == _PAGE, f"{count} messages on a page"
    times = sorted(times[pages // 10 :])
    return times[len(times) // 2], times[len(times) * 99 // 100], times[-1]


COMMANDS = {"history": history, "fill_expired": fill_expired, "purge": purge, "sealing": sealing, "audit": audit, "notify": tell}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
    django.setup()
    name = sys.argv[1]
    order = {} if name == "purge" else json.load(sys.stdin)
    print(json.dumps(COMMANDS[name](order)), flush=True)


if __name__ == "__main__":
    main()
