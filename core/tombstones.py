"""Tombstones: what must be done again when an older copy of a database is put back (`manage.py replay_tombstones`).

A log inside the database that is restored is lost with the restore. So what was destroyed, and what was frozen, is written down in two
other places: the key store, and files that only grow, one a day, which belong on other storage than both. Every entry carries a MAC of
its own under a key of the key store; what a reader takes from either place, this house wrote.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.clock import to_wire_exact
from core.keyring import mac_key
from core.lines import grow
from core.models import Tombstone
from core.outages import log_failure
from core.routers import KEYS

logger = logging.getLogger("resaka.tombstones")
SCOPE = "tombstones"
_PREFIX = "tombstones-"
_BATCH = 500
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, sort_keys=True).encode


class TombstoneForged(ValueError):
    """An entry that this house did not write, or that was changed since. The text says where it lies."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a journal: `ref` names it there once and for all; `body` is what JSON can say."""

    journal: str
    ref: str
    at: datetime
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filed:
    """What the files hold: the entries, and how many lines are none (a killed process leaves one without its end)."""

    entries: list[Entry]
    torn: int


def put(entries: Iterable[Entry]) -> None:
    """Write entries down: in the key store with the caller's transaction there (or at once), in the file after it. One that is there
    already stays as it is. A file that cannot be written is tried again by the next call and by `file_waiting`."""
    rows = [_row(entry) for entry in entries]
    if rows:
        Tombstone.objects.using(KEYS).bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
        transaction.on_commit(_file_soon, using=KEYS)


def file_waiting() -> int:
    """Bring what the file does not have yet to it, oldest first; how many.

    Raises:
        OSError: the file cannot be written. What waits goes on waiting.
    """
    total = 0
    while done := _file_batch():
        total += done
    return total


def read(*, journal: str) -> list[Entry]:
    """All entries of a journal that either place knows, the oldest first.

    Raises:
        TombstoneForged.
    """
    found = {entry.ref: entry for entry in read_files(settings.TOMBSTONES).entries if entry.journal == journal}
    for row in Tombstone.objects.using(KEYS).filter(journal=journal).order_by("pk").iterator(_BATCH):
        found[row.ref] = _checked(row.journal, row.ref, to_wire_exact(row.at), row.body, row.mac, f"key store, {row.journal} {row.ref}")
    return sorted(found.values(), key=lambda entry: (entry.at, entry.ref))


def read_files(folder: Path) -> Filed:
    """What the files of a folder hold, every entry once.

    Raises:
        TombstoneForged.
    """
    entries: dict[tuple[str, str], Entry] = {}
    torn = 0
    for place, line in _lines(folder):
        entry = _parse(line, place)
        if entry is None:
            torn += 1
        else:
            entries[entry.journal, entry.ref] = entry
    return Filed(list(entries.values()), torn)


def last_ref(*, journal: str) -> str:
    """The greatest name among the entries of a journal in the key store; empty without any."""
    return Tombstone.objects.using(KEYS).filter(journal=journal).order_by("-ref").values_list("ref", flat=True).first() or ""


def known_refs(*, journal: str) -> set[str]:
    """The names of all entries of a journal in the key store."""
    return set(Tombstone.objects.using(KEYS).filter(journal=journal).values_list("ref", flat=True))


def forget_before(moment: datetime) -> int:
    """Destroy entries older than that in the key store, and the files whose day was over by then; how many entries. What is still true, as
    a hold in force, its journal writes again."""
    for file in settings.TOMBSTONES.glob(f"{_PREFIX}*.jsonl"):
        if file.name < f"{_PREFIX}{moment:%Y-%m-%d}":
            file.unlink()
    return Tombstone.objects.using(KEYS).filter(at__lt=moment).delete()[0]


def bring_back() -> int:
    """Entries that the files have and a restored key store has not; how many came back.

    Raises:
        TombstoneForged.
    """
    before = Tombstone.objects.using(KEYS).count()
    rows = [_row(entry, filed=True) for entry in read_files(settings.TOMBSTONES).entries]
    Tombstone.objects.using(KEYS).bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
    return Tombstone.objects.using(KEYS).count() - before


def digest(text: str) -> str:
    """A keyed digest (hex) of something that must not be readable here."""
    return hmac.digest(mac_key(SCOPE)[1], b"digest:" + text.encode(), "sha256").hex()


def _file_soon() -> None:
    try:
        file_waiting()
    except OSError as error:  # the key store has it, and the next minute tries again
        log_failure(logger, "tombstones were not filed", error)


def _file_batch() -> int:
    """Flagged when the disk has them: a process killed in between files them a second time, which changes nothing."""
    waiting = Tombstone.objects.using(KEYS).filter(filed=False).order_by("pk")[:_BATCH]
    taken: list[int] = []

    def choose() -> Iterator[str]:
        for row in waiting.all():
            taken.append(row.pk)
            yield _line(row)

    if not waiting.exists():
        return 0
    grow(settings.TOMBSTONES / f"{_PREFIX}{timezone.now():%Y-%m-%d}.jsonl", choose)
    Tombstone.objects.using(KEYS).filter(pk__in=taken).update(filed=True)
    return len(taken)


def _row(entry: Entry, *, filed: bool = False) -> Tombstone:
    body = _encode(entry.body)
    mac = _mac(entry.journal, entry.ref, to_wire_exact(entry.at), body)
    return Tombstone(journal=entry.journal, ref=entry.ref, at=entry.at, body=body, mac=mac, filed=filed)


def _line(row: Tombstone) -> str:
    return _encode({"journal": row.journal, "ref": row.ref, "at": to_wire_exact(row.at), "body": row.body, "mac": row.mac})


def _lines(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.glob(f"{_PREFIX}*.jsonl")):
        for number, line in enumerate(file.read_text("ascii", "replace").splitlines(), start=1):
            if line:
                yield f"{file.name}, line {number}", line


def _parse(line: str, place: str) -> Entry | None:
    """None: the line was never finished; whoever wrote it was killed, and another wrote it again."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    try:
        journal, ref, at, body, mac = (str(found[name]) for name in ("journal", "ref", "at", "body", "mac"))
    except (KeyError, TypeError) as error:
        raise TombstoneForged(place) from error
    return _checked(journal, ref, at, body, mac, place)


def _checked(journal: str, ref: str, at: str, body: str, mac: str, place: str) -> Entry:
    if not hmac.compare_digest(_mac(journal, ref, at, body).encode(), mac.encode()):
        raise TombstoneForged(place)
    return Entry(journal, ref, datetime.fromisoformat(at).astimezone(UTC), json.loads(body))


def _mac(journal: str, ref: str, at: str, body: str) -> str:
    said = json.dumps([journal, ref, at, body], separators=(",", ":"))
    return hmac.digest(mac_key(SCOPE)[1], said.encode(), "sha256").hex()
