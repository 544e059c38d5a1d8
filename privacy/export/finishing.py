"""The last step of an archive: its schemas, its pages, its manifest, its parts; then it is ready, and its person is told."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify
from privacy.enums import ArchiveState, EntryKind
from privacy.export.index import draw_indexes
from privacy.export.manifest import MANIFEST_SCHEMA, make_manifest
from privacy.export.packing import Member, deflate, divide, length_of
from privacy.export.pieces import write_piece
from privacy.export.table import FILES
from privacy.export.turns import Turn, TurnLost
from privacy.models import ExportArchive, ExportEntry, ExportPart
from privacy.services.archives import KEPT
from privacy.services.requests import RequestOver, close_request

# What schemas, page and manifest may take of the first part at most; they are written when it is known what lies in which.
_RESERVED = 20_000_000


def member_of(entry: ExportEntry) -> Member:
    """A file of an archive as the ZIP has it."""
    return Member(entry.path, entry.deflated, entry.crc, entry.size, [(name, length) for name, length in entry.pieces])


def finish(archive: ExportArchive, turn: Turn) -> None:
    """Make an archive ready for seven days, close its request and tell its person.

    Raises:
        TurnLost: it was taken back or cut off meanwhile, and is not ready.
    """
    given = list(archive.entries.order_by("number"))
    parts = _divide(given)
    pages = list(_write_pages(archive, given, turn))
    lengths = _lengths([[*pages, *parts[0]], *parts[1:]])
    with transaction.atomic():
        _open(archive, turn, manifest=pages[-1], parts=len(parts), size=sum(size for _number, size in lengths))
        ExportEntry.objects.bulk_create(pages)
        for number, some in enumerate(parts, start=1):
            ExportEntry.objects.filter(pk__in=[entry.pk for entry in some]).update(part=number)
        ExportPart.objects.bulk_create([ExportPart(archive=archive, number=number, bytes=size) for number, size in lengths])


def _open(archive: ExportArchive, turn: Turn, *, manifest: ExportEntry, parts: int, size: int) -> None:
    now = turn.now
    ends = now + KEPT
    ready = {"state": ArchiveState.READY, "open_key": None, "lease": "", "lease_until": None, "built_at": now, "expires_at": ends}
    turn.note(**ready, parts=parts, bytes=size, sha256=manifest.sha256)
    try:
        close_request(request=archive.request, now=now)
    except RequestOver as error:
        raise TurnLost(archive.pk) from error
    notify(
        user_id=archive.user_id,
        kind=NoticeKind.EXPORT_READY,
        subject=Subject("privacy", "EXPORT", archive.public_id),
        dedupe_key=f"{NoticeKind.EXPORT_READY}:{archive.public_id}",
        group_key="privacy:export",
        args={"ends_on": ends.date().isoformat()},
        path=reverse("privacy:export"),
        now=now,
    )


def _divide(entries: list[ExportEntry]) -> list[list[ExportEntry]]:
    """The files by part, and in each its number."""
    by_path = {entry.path: entry for entry in entries}
    parts = divide([member_of(entry) for entry in entries], most=settings.EXPORT_PART_BYTES, reserved=_RESERVED)
    found = [[by_path[member.path] for member in some] for some in parts]
    for number, some in enumerate(found, start=1):
        for entry in some:
            entry.part = number
    return found


def _lengths(parts: list[list[ExportEntry]]) -> list[tuple[int, int]]:
    return [(number, length_of([member_of(entry) for entry in some])) for number, some in enumerate(parts, start=1)]


def _write_pages(archive: ExportArchive, given: list[ExportEntry], turn: Turn) -> Iterable[ExportEntry]:
    """What is made for whoever reads: all of it lies in the first part, the manifest last, for it has the digests of the others."""
    made: list[ExportEntry] = []

    def write(kind: EntryKind, path: str, data: bytes) -> ExportEntry:
        entry = _write(archive, kind, path, data, number=len(given) + len(made))
        made.append(entry)
        return entry

    yield write(EntryKind.SCHEMA, "schema/manifest.json", _to_json(MANIFEST_SCHEMA))
    for file in FILES:
        yield write(EntryKind.SCHEMA, f"schema/{file.name}.json", _to_json(file.schema))
    for path, page in draw_indexes(archive, given, now=turn.now):
        yield write(EntryKind.PAGE, path, page)
    manifest = make_manifest(archive, [*given, *made], now=turn.now)
    yield write(EntryKind.PAGE, "manifest.json", _to_json(manifest))


def _write(archive: ExportArchive, kind: EntryKind, path: str, data: bytes, *, number: int) -> ExportEntry:
    packed = deflate(data, last=True)
    return ExportEntry(
        archive=archive,
        number=number,
        kind=kind,
        path=path,
        part=1,
        size=len(data),
        crc=zlib.crc32(data),
        sha256=hashlib.sha256(data).hexdigest(),
        pieces=[[write_piece(archive, packed), len(packed)]],
        done=True,
    )


def _to_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"
