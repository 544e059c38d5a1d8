"""Making a backup: all of it or nothing, in a place of its own, for whoever holds the identity."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.recorder import MigrationRecorder
from pyrage.x25519 import Recipient

from core import tombstones
from core.backups import files, mariadb, sqlite
from core.backups.cipher import Part, Pump, read_recipients, write_part
from core.backups.errors import BackupError
from core.backups.manifest import Manifest, write_manifest
from core.backups.pending import find_pending
from core.backups.places import ALIAS, KEYS, MAIN, Place, being_made, claimed, engine_of, new_name, place_for, rotate, scratch
from core.keyring import mac_key

_BEGINNING = datetime.min.replace(tzinfo=UTC)


def back_up(kind: str, *, now: datetime) -> Manifest:
    """Make a backup of the main database and the files (`MAIN`), or of the key store (`KEYS`), and destroy those that are too old.

    It counts when it is whole. A full disk, a killed process, a database that does not answer leave the earlier backups and nothing else.

    Raises:
        NotConfigured; BackupError: with what failed.
    """
    place, recipients = place_for(kind), read_recipients(settings.BACKUP_RECIPIENTS)
    refuse_pending()
    try:
        with claimed(place):
            if kind == KEYS:  # a promise, also when no new one can be made
                rotate(place, now=now)
            made = _make(place, recipients, now)
            rotate(place, now=now)
    except (OSError, sqlite3.Error, DatabaseError) as error:
        raise BackupError(f"no backup was made: {error}") from error
    return made


def refuse_pending() -> None:
    """A house that is being put back is not copied: it holds again what was destroyed.

    Raises:
        BackupError.
    """
    if find_pending() is not None:
        raise BackupError("a backup is being put back here: finish that first (docs/backups.md)")


def _make(place: Place, recipients: list[Recipient], now: datetime) -> Manifest:
    name = new_name(place.kind, now)
    with being_made(place, name) as folder, scratch(place.kind) as beside:
        made = _MAKERS[engine_of(place.kind), place.kind](folder, beside, recipients)
        made = replace(made, id=name, kind=place.kind, made_at=now, migrations=_migrations(ALIAS[place.kind]))
        write_manifest(folder, made)
    return made


def _sqlite_main(folder: Path, beside: Path, recipients: list[Recipient]) -> Manifest:
    return _manifest("sqlite", _sqlite(MAIN, folder, beside, recipients), *_files(folder, recipients))


def _sqlite_keys(folder: Path, beside: Path, recipients: list[Recipient]) -> Manifest:
    _make_sure_of_keys()
    return _manifest("sqlite", _sqlite(KEYS, folder, beside, recipients))


def _mariadb_main(folder: Path, beside: Path, recipients: list[Recipient]) -> Manifest:
    mariadb.check_apart()
    start = mariadb.log_status()[0]  # before the copy: it may turn while that is made
    with mariadb.copying(beside) as stream:
        part = write_part(stream, folder / "database.mbstream.zst.age", content=mariadb.CONTENT, recipients=recipients)
    return replace(_manifest("mariadb", part, *_files(folder, recipients)), start=start)


def _mariadb_keys(folder: Path, beside: Path, recipients: list[Recipient]) -> Manifest:
    _make_sure_of_keys()
    with mariadb.dumping_keys(beside) as stream:
        part = write_part(stream, folder / "keys.sql.zst.age", content=mariadb.DUMP, recipients=recipients)
    return _manifest("mariadb", part)


_MAKERS = {
    ("sqlite", MAIN): _sqlite_main,
    ("sqlite", KEYS): _sqlite_keys,
    ("mariadb", MAIN): _mariadb_main,
    ("mariadb", KEYS): _mariadb_keys,
}


def _manifest(engine: str, *parts: Part) -> Manifest:
    """Who made it and when is added by `_make`."""
    return Manifest(id="", kind="", engine=engine, made_at=_BEGINNING, migrations=(), parts=parts)


def _sqlite(kind: str, folder: Path, beside: Path, recipients: list[Recipient]) -> Part:
    copy = beside / "database.sqlite3"
    sqlite.copy_database(ALIAS[kind], copy)
    with copy.open("rb") as stream:
        return write_part(stream, folder / "database.sqlite3.zst.age", content=sqlite.CONTENT, recipients=recipients)


def _files(folder: Path, recipients: list[Recipient]) -> list[Part]:
    media = files.media_folder()
    if media is None or not media.is_dir():
        return []
    with Pump(lambda out: files.pack(media, out)) as stream:
        return [write_part(stream, folder / "media.tar.zst.age", content=files.CONTENT, recipients=recipients)]


def _migrations(alias: str) -> tuple[str, ...]:
    return tuple(sorted(f"{app}.{name}" for app, name in MigrationRecorder(connections[alias]).applied_migrations()))


def _make_sure_of_keys() -> None:
    """Every copy of the key store has the keys under which the journals outside are read."""
    for scope in (tombstones.SCOPE, *settings.JOURNAL_SCOPES):
        mac_key(scope)
