"""Putting a backup back: checked whole before anything is touched, and behind the marks that keep everybody out (core.backups.pending)."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader
from pyrage.x25519 import Identity

from core.backups import files, mariadb, sqlite
from core.backups.cipher import Part, Pump, read_identities, read_part
from core.backups.errors import BackupError, Damaged
from core.backups.manifest import Manifest, check_parts, read_manifest
from core.backups.pending import NO_LOG, Pending, find_mark, mark, mark_database
from core.backups.places import ALIAS, KEEP, KEYS, MAIN, engine_of, scratch

REPLAY = "Next: manage.py replay_tombstones, which destroys again what was destroyed since"


def check_backup(folder: Path, *, force: bool = False, now: datetime) -> Manifest:
    """Read a backup through, before anything is touched.

    Raises:
        Damaged: it is not whole, or not of this house; BackupError: it is of another engine, of a newer release, or a copy of the key
        store that should be gone, which `force` takes all the same.
    """
    manifest = read_manifest(folder)
    if manifest.kind not in ALIAS:
        raise Damaged(f"{folder} is no backup of a database")
    check_parts(folder, manifest)
    if manifest.engine != engine_of(manifest.kind):
        raise BackupError(f"the backup is of {manifest.engine}, and the settings name {engine_of(manifest.kind)}")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    if newer := sorted(set(manifest.migrations) - known):
        raise BackupError(f"the backup was made by a newer release, whose tables this one does not know: {', '.join(newer[:3])}")
    age = now - manifest.made_at
    if manifest.kind == KEYS and age > KEEP[KEYS] and not force:
        raise BackupError(f"a copy of the key store of {age.days} days should be gone: it has keys that people had destroyed (--force)")
    return manifest


def is_living(manifest: Manifest) -> bool:
    """Whether there is a database that the backup would overwrite. (The files of a MariaDB go to an empty folder or nowhere.)"""
    alias = ALIAS[manifest.kind]
    if manifest.engine == "sqlite":
        return sqlite.is_in_use(alias)
    return manifest.kind == KEYS and bool(_tables(alias))


def put_back(folder: Path, manifest: Manifest, *, identity: Path, datadir: Path | None = None, now: datetime) -> str:
    """Put a checked backup in the place of what is there; what to do next, in words. Whoever calls it has made sure that nobody serves.

    SQLite: the database, the files, and its tables brought to this release. MariaDB: the files of its server go to `datadir`, an empty
    folder; once the server runs on it, `core.backups.logs.continue_restore` does the rest.

    Raises:
        BackupError, and its kinds. Until everything is decrypted nothing is touched.
    """
    identities = read_identities(identity)
    try:
        if manifest.engine == "sqlite":
            return _put_back_sqlite(folder, manifest, identities, now)
        if manifest.kind == KEYS:
            return _load_keys(folder, manifest, identities, now)
        return _put_back_server(folder, manifest, identities, datadir, now)
    except (OSError, sqlite3.Error, DatabaseError) as error:
        raise BackupError(f"the backup was not put back: {error}") from error


def make_ready(pending: Pending) -> None:
    """The main database is in place: its tables are brought to this release, and the row says that it may not serve yet."""
    for alias in ALIAS.values():
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    mark_database(pending)
    mark(pending)


def _make_keys_ready(pending: Pending) -> None:
    """The same for the key store. The main database may not be there yet: then it is not made here."""
    call_command("migrate", database=ALIAS[KEYS], interactive=False, verbosity=0)
    there = sqlite.is_in_use("default") if engine_of(MAIN) == "sqlite" else "core_restoration" in _tables("default")
    if there and pending.database:
        mark_database(pending)
    mark(pending)


def need(manifest: Manifest, content: str) -> Part:
    """The part with such content.

    Raises:
        Damaged: there is none.
    """
    part = manifest.part(content)
    if part is None:
        raise Damaged(f"{manifest.id} has no part of the kind {content}")
    return part


def _put_back_sqlite(folder: Path, manifest: Manifest, identities: list[Identity], now: datetime) -> str:
    database = need(manifest, sqlite.CONTENT)
    pending = _pending(manifest, now)
    with scratch(manifest.kind) as beside:
        fresh = beside / "fresh.sqlite3"
        with fresh.open("xb") as out:
            read_part(folder / database.name, database, identities=identities, sink=out)
        sqlite.check_file(fresh)
        _unpack(folder, manifest, identities, beside / "media")
        mark(pending)
        aside = _aside(manifest.kind, now)
        sqlite.put_back(fresh, ALIAS[manifest.kind], aside)
        if manifest.kind == MAIN:
            _swap_media(beside / "media", aside)
    if manifest.kind == MAIN:
        make_ready(replace(pending, database=True))
    else:
        _make_keys_ready(pending)
    return f"What was there lies in {aside}: remove it when all is well. {REPLAY}"


def _put_back_server(folder: Path, manifest: Manifest, identities: list[Identity], datadir: Path | None, now: datetime) -> str:
    if datadir is None:
        raise BackupError("--datadir: name the empty folder of MariaDB that the files go to")
    database, pending = need(manifest, mariadb.CONTENT), _pending(manifest, now)
    mariadb.check_empty(datadir)
    with scratch(MAIN) as beside:
        _unpack(folder, manifest, identities, beside / "media")
        mark(pending)
        with mariadb.unpacking(datadir, beside) as out:
            read_part(folder / database.name, database, identities=identities, sink=out)
        mariadb.prepare(datadir, beside)
        _swap_media(beside / "media", _aside(MAIN, now))
    log = mariadb.position_in(datadir) if manifest.start else NO_LOG
    mark(replace(pending, log=log))
    return f"Start MariaDB on {datadir}, then: manage.py restore {folder} --continue"


def _load_keys(folder: Path, manifest: Manifest, identities: list[Identity], now: datetime) -> str:
    part, pending = need(manifest, mariadb.DUMP), _pending(manifest, now)
    with scratch(KEYS) as beside:
        whole = beside / "keys.sql"  # read to its end first: half a key store is none
        with whole.open("xb") as out:
            read_part(folder / part.name, part, identities=identities, sink=out)
        mark(pending)
        mariadb.load_keys(whole, beside)
    connections["keys"].close()
    _make_keys_ready(pending)
    return f"The key store is back. {REPLAY}"


def _tables(alias: str) -> list[str]:
    return connections[alias].introspection.table_names()


def _pending(manifest: Manifest, now: datetime) -> Pending:
    """The mark of this restore. The key store leaves a mark that stands as it is, but for its own time; alone, it belongs to a database
    that is in place."""
    found = find_mark()
    if manifest.kind == MAIN:
        return Pending(manifest.id, manifest.made_at, now, False, keys_at=found.keys_at if found else "")
    return replace(found or Pending(manifest.id, manifest.made_at, now, True), keys_at=manifest.made_at.isoformat())


def _unpack(folder: Path, manifest: Manifest, identities: list[Identity], target: Path) -> None:
    part = manifest.part(files.CONTENT)
    if part is not None:
        target.mkdir(mode=0o700)
        with Pump(lambda out: read_part(folder / part.name, part, identities=identities, sink=out)) as stream:
            files.unpack(stream, target)


def _aside(kind: str, now: datetime) -> Path:
    folder = Path(settings.DATA_DIR) / f"before-{kind}-{now:%Y%m%dT%H%M%SZ}"
    folder.mkdir(mode=0o700)
    return folder


def _swap_media(fresh: Path, aside: Path) -> None:
    media = files.media_folder()
    if media is None:
        return
    if media.exists():
        media.rename(aside / "media")
    media.parent.mkdir(parents=True, exist_ok=True)
    if fresh.exists():
        fresh.rename(media)
    else:
        media.mkdir(mode=0o700)
    files.give(media, like=media.parent)
