"""What tests of the copy of one's data begin with: people who did something, an archive that is made, and what lies in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.files.storage import storages

from accounts.models import User
from accounts.tests.factories import NOON
from privacy.enums import ArchiveState
from privacy.export.building import continue_export
from privacy.export.handing import open_zip
from privacy.export.reading import Archive, open_archive
from privacy.models import ExportArchive
from privacy.services.archives import ask_export


def make_archive(user: User, *, now: datetime = NOON) -> ExportArchive:
    """An archive that somebody asked for, made to its end."""
    return build(ask_export(user=user, now=now), now=now)


def build(archive: ExportArchive, *, now: datetime = NOON, seconds: float = 60.0) -> ExportArchive:
    """Turn after turn until nothing is left to do; with `seconds` 0 each step has a turn of its own."""
    while continue_export(archive_id=archive.pk, now=now, seconds=seconds):
        archive.refresh_from_db()
        if archive.state != ArchiveState.BUILDING:
            break
    archive.refresh_from_db()
    return archive


def zips_of(archive: ExportArchive) -> list[bytes]:
    """The parts as they would be downloaded."""
    return [_bytes_of(part) for part in archive.zips.order_by("number")]


def _bytes_of(part: Any) -> bytes:
    found = open_zip(part)
    return b"".join(found.read(0, found.length))


def read(archive: ExportArchive) -> Archive:
    """The archive, read as whoever got it reads it: every digest and every schema looked at."""
    return open_archive([io.BytesIO(data) for data in zips_of(archive)])


def rows_of(user: User, name: str, *, now: datetime = NOON) -> list[dict[str, Any]]:
    """The rows of one file of a fresh archive."""
    return list(read(make_archive(user, now=now)).rows(name))


def pieces_of(archive: ExportArchive) -> dict[str, bytes]:
    """What lies in the storage, as it lies there."""
    storage = storages["exports"]
    try:
        names = storage.listdir(archive.public_id)[1]
    except FileNotFoundError:
        return {}
    return {name: _read(storage, f"{archive.public_id}/{name}") for name in names}


def _read(storage: Any, name: str) -> bytes:
    with storage.open(name) as file:
        return bytes(file.read())


def texts_in(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Every file of an archive, unpacked."""
    yield "manifest.json", archive.read("manifest.json")
    for path in archive.files:
        yield path, archive.read(path)
