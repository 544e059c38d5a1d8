"""What the copy of a person's data costs: time, processor and memory for one who wrote much, and of reading it back with every check.

The work is done by this module as a program (`python -m benchmarks.export`), inside the product's environment on its own MariaDB: once to
fill the rooms, once to make the archive, once to fetch and check it, so that the memory of one is not counted for another.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from benchmarks import report
from benchmarks.crowds import folder_for_a_run
from benchmarks.product import Product

_ROOMS = 20
_REPLY_EVERY, _EDIT_EVERY = 10, 20
_BATCH = 2000
_WORDS = "Qui a une bonne recette de ravitoto avec du coco pour dimanche, s’il vous plaît ? "


def export(options: Any) -> None:
    """The command: an archive of so many messages, made and read back."""
    head = report.print_head()
    with folder_for_a_run() as folder, contextlib.closing(Product(folder)) as product:
        product.stores.start()
        product.manage("migrate", "--verbosity", "0")
        product.manage("migrate", "--database", "keys", "--verbosity", "0")
        done = {step: _inside(product, step, options.messages) for step in ("fill", "build", "check")}
    built, checked = done["build"], done["check"]
    rows = [
        ["making", f"{built['seconds']:.1f}", f"{built['cpu']:.1f}", f"{built['most']:.0f}", f"{built['base']:.0f}"],
        ["fetching and checking", f"{checked['seconds']:.1f}", f"{checked['cpu']:.1f}", f"{checked['most']:.0f}", f"{checked['base']:.0f}"],
    ]
    report.print_table(["archive", "seconds", "CPU s", "peak MB", "of it the program"], rows)
    print(f"{built['rows']} rows, {built['bytes'] / 1e6:.1f} MB, {built['turns']} turns, the longest {built['longest']:.1f} s")
    print(f"{checked['messages']} messages read back, every digest and every line checked")
    report.save(options.json, {**head, "export": done})


def _inside(product: Product, step: str, messages: int) -> dict[str, Any]:
    order = json.dumps({"step": step, "messages": messages})
    found: dict[str, Any] = json.loads(product.run(sys.executable, "-m", "benchmarks.export", given=order))
    return found


# ---- Inside the product ----------------------------------------------------------------------------------------------------------
def fill(messages: int) -> dict[str, Any]:
    """A person with so many messages in twenty rooms; every tenth answers somebody, every twentieth was corrected."""
    from django.utils import timezone

    from benchmarks.seed import ensure_people, make_rooms

    now = timezone.now()
    people = ensure_people(11, now)
    rooms = make_rooms([(11, 0)] * _ROOMS, people, now)
    for number, room in enumerate(rooms):
        _write(room, people, messages // _ROOMS, now, number)
    return {"person": people[0].pk}


def _write(room: Any, people: list[Any], count: int, now: datetime, place: int) -> None:
    from chat.models import MessageMeta, Room, RoomEvent

    events: list[Any] = []
    traces: list[Any] = []
    for event, trace in _talk(room.pk, people, count, now, place):
        events.append(event)
        traces += [trace] if trace else []
        if len(events) >= _BATCH:
            RoomEvent.objects.bulk_create(events)
            MessageMeta.objects.bulk_create(traces)
            events, traces = [], []
    RoomEvent.objects.bulk_create(events)
    MessageMeta.objects.bulk_create(traces)
    Room.objects.filter(pk=room.pk).update(last_seq=10 * count, last_n=count)


def _talk(room_id: int, people: list[Any], count: int, now: datetime, place: int) -> Iterator[tuple[Any, Any]]:
    import uuid

    from chat.enums import EventKind
    from chat.models import MessageMeta, RoomEvent
    from chat.services.log import seal_payload

    me, seq = people[0].pk, 0

    def event(kind: EventKind, actor: int, payload: dict[str, Any], target: int | None = None) -> Any:
        nonlocal seq
        seq += 1
        sealed = seal_payload(room_id, seq, actor, payload)
        ends = now + timedelta(days=7)
        return RoomEvent(
            room_id=room_id, seq=seq, kind=kind, n=seq, actor_id=actor, target_seq=target, payload=sealed, at=now, expires_at=ends
        )

    for number in range(count):
        said: dict[str, Any] = {"cid": str(uuid.uuid4()), "body": f"{_WORDS}{place}/{number}"}
        if number % _REPLY_EVERY == 0:
            other = people[1 + number % 10].pk
            yield event(EventKind.MESSAGE, other, {"cid": str(uuid.uuid4()), "body": _WORDS}), None
            said["reply"] = seq
        mine = event(EventKind.MESSAGE, me, said)
        yield mine, MessageMeta(author_id=me, client_id=uuid.UUID(said["cid"]), room_id=room_id, seq=mine.seq, at=now)
        if number % _EDIT_EVERY == 0:
            yield event(EventKind.EDIT, me, {"body": f"{_WORDS}corrigé"}, mine.seq), None


def build() -> dict[str, Any]:
    """Ask for the archive and make it, turn after turn as the outbox would."""
    from django.utils import timezone

    from privacy.enums import ArchiveState
    from privacy.export.building import continue_export
    from privacy.services.archives import ask_export

    base, begun, cpu, turns = _peak(), time.perf_counter(), time.process_time(), []
    archive = ask_export(user=_person(), now=timezone.now())
    while archive.state in (ArchiveState.ASKED, ArchiveState.BUILDING):
        before = time.perf_counter()
        continue_export(archive_id=archive.pk, now=timezone.now())
        turns.append(time.perf_counter() - before)
        archive.refresh_from_db()
    if archive.state != ArchiveState.READY:
        raise RuntimeError(f"the archive is {archive.state}")
    spent = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "base": base, "most": _peak()}
    return {**spent, "rows": archive.done_rows, "bytes": archive.bytes, "turns": len(turns), "longest": max(turns)}


def check() -> dict[str, Any]:
    """Fetch it as a browser does, onto the disk, and read all of it."""
    import tempfile

    from privacy.export.handing import open_zip
    from privacy.export.reading import open_archive
    from privacy.models import ExportPart

    base, begun, cpu = _peak(), time.perf_counter(), time.process_time()
    with contextlib.ExitStack() as files:
        parts: list[Any] = []
        for part in ExportPart.objects.select_related("archive").order_by("number"):
            file, found = files.enter_context(tempfile.TemporaryFile()), open_zip(part)
            for piece in found.read(0, found.length):
                file.write(piece)
            parts.append(file)
        archive = open_archive(parts)
        messages = sum(1 for _row in archive.rows("messages"))
    spent = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "base": base, "most": _peak()}
    return {**spent, "messages": messages}


def _person() -> Any:
    from accounts.models import User

    return User.objects.order_by("pk")[0]


def _peak() -> float:
    """The most memory that this program has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
    django.setup()
    order = json.load(sys.stdin)
    steps = {"fill": lambda: fill(order["messages"]), "build": build, "check": check}
    print(json.dumps(steps[order["step"]]()), flush=True)


if __name__ == "__main__":
    main()
