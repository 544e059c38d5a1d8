"""The binary log of MariaDB beside a main backup: copied every minute, and done again after the files were put back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from pyrage.x25519 import Identity, Recipient

from core.backups import mariadb
from core.backups.cipher import digest_of, read_identities, read_part, read_recipients, write_part
from core.backups.errors import BackupError, Damaged
from core.backups.manifest import Manifest, read_manifest, write_manifest
from core.backups.pending import NO_LOG, find_pending
from core.backups.places import BINLOG, MAIN, Place, claimed, place_for, scratch
from core.backups.restoring import REPLAY, make_ready, need
from core.backups.taking import refuse_pending

# What the log had come to when the open one was begun.
_OPEN = ".open"


def back_up_log(*, now: datetime) -> list[str]:
    """Copy the binary logs that ended since the last main backup, or since the last call, to where that backup lies; their names.

    Called every minute they are what is lost at most: the main database is put back as it was a minute ago.

    Raises:
        NotConfigured; BackupError: there is no main backup yet, or no binary log.
    """
    place, recipients = place_for(MAIN), read_recipients(settings.BACKUP_RECIPIENTS)
    refuse_pending()
    backups = place.list_backups()
    if not backups:
        raise BackupError(f"{place.folder} has no main backup whose changes could be kept")
    start = read_manifest(backups[-1]).start
    if not start:
        raise BackupError("the last main backup was made without a binary log")
    folder = backups[-1] / BINLOG
    try:
        with claimed(Place(BINLOG, folder)):
            _end_log(folder)
            known = set(_names(folder))
            names = [name for name in mariadb.list_ended() if name >= start and name not in known]
            for name in names:
                _copy(name, folder, recipients, now)
    except (OSError, DatabaseError) as error:
        raise BackupError(f"the binary log was not copied: {error}") from error
    return names


def continue_restore(folder: Path, *, identity: Path, until: str = "") -> str:
    """The second half of putting a MariaDB back, once its server runs on the files: what its binary logs say is done again (`until`: a
    time in UTC as `2026-11-26 12:00:00`), and its tables are brought to this release. What to do next, in words.

    Killed in the midst of the logs it cannot go on: begin again with the files.

    Raises:
        BackupError: nothing was begun, another backup was, a log is damaged or missing.
    """
    manifest, pending = read_manifest(folder), find_pending()
    if pending is None or pending.backup != manifest.id or not (pending.log or pending.database):
        raise BackupError(f"the files of {manifest.id} were not put back: begin with manage.py restore {folder} --datadir …")
    try:
        applied = [] if pending.database else _apply(folder / BINLOG, pending.log, read_identities(identity), until)
    except OSError as error:
        raise BackupError(f"the binary log was not done again: {error}") from error
    make_ready(replace(pending, database=True))
    return f"{len(applied)} binary logs done again. {REPLAY}"


def _end_log(folder: Path) -> None:
    """Unless nothing was written since the last call: else a quiet night would leave hundreds of empty logs."""
    note = folder / _OPEN
    reached = mariadb.log_reached()  # before it ends: what is written meanwhile is noticed by the next call
    if not note.exists() or note.read_text("ascii") != reached:
        mariadb.close_log()
        note.write_text(reached, "ascii")


def _copy(name: str, folder: Path, recipients: list[Recipient], now: datetime) -> None:
    """Its manifest comes last: without it the copy does not count, and is made again."""
    target = folder / f"{name}.zst.age"
    target.unlink(missing_ok=True)
    with scratch(BINLOG) as beside, mariadb.fetch_log(name, beside).open("rb") as stream:
        part = write_part(stream, target, content=mariadb.LOG, recipients=recipients)
    write_manifest(folder, Manifest(name, BINLOG, "mariadb", now, (), (part,)), name=f"{name}.json")


def _apply(folder: Path, log: str, identities: list[Identity], until: str) -> list[str]:
    if log == NO_LOG:
        return []
    start, position = log.split()
    names = [name for name in _names(folder) if name >= start]
    _check_row(start, names)
    with scratch(BINLOG) as beside:
        for name in names:
            part = need(read_manifest(folder, name=f"{name}.json"), mariadb.LOG)
            if digest_of(folder / part.name) != (part.bytes, part.sha256):
                raise Damaged(f"{part.name} is not what it was when it was copied")
            with (beside / name).open("xb") as out:
                read_part(folder / part.name, part, identities=identities, sink=out)
        if names:
            mariadb.apply_logs([beside / name for name in names], int(position), beside, until=until)
    return names


def _names(folder: Path) -> list[str]:
    return sorted(path.name.removesuffix(".json") for path in folder.glob("*.json"))


def _check_row(start: str, names: list[str]) -> None:
    """`binlog.000007`, `binlog.000008`, … without a gap: what follows one would be done to another database."""
    stem, _dot, first = start.rpartition(".")
    for step, name in enumerate(names):
        wanted = f"{stem}.{int(first) + step:0{len(first)}}"
        if name != wanted:
            raise Damaged(f"the copy of {wanted} is missing: without it those after it cannot be done again")
