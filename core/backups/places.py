"""Where backups lie, which of them count, and which have to go."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connections

from core.backups.errors import BackupError, NotConfigured
from core.backups.manifest import FILE
from core.lines import sync_folder

MAIN, KEYS = "main", "keys"
ALIAS = {MAIN: "default", KEYS: "keys"}
# A destroyed key is gone from every copy when the last of these is: GDPR 17, docs/backups.md.
KEEP = {MAIN: timedelta(days=30), KEYS: timedelta(days=14)}
BINLOG = "binlog"
KEEP_BINLOG = timedelta(days=7)
_NAME = re.compile(r"(main|keys)-(\d{8}T\d{6}Z)-[0-9a-f]{8}\Z")
_PARTIAL = ".partial-"
_SCRATCH = ".scratch-"
_STAMP = "%Y%m%dT%H%M%SZ"
_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Place:
    """The folder for one kind of backup."""

    kind: str
    folder: Path

    def list_backups(self) -> list[Path]:
        """Whole backups, the oldest first: what was not finished has no such name."""
        if not self.folder.is_dir():
            return []
        found = [path for path in self.folder.iterdir() if stamp_of(path, self.kind) and (path / FILE).is_file()]
        return sorted(found, key=lambda path: path.name)


def place_for(kind: str) -> Place:
    """The place that the settings name for a kind of backup.

    Raises:
        NotConfigured: none, or one that would defeat the purpose.
    """
    named = {MAIN: ("RESAKA_BACKUP_DIR", settings.BACKUP_DIR), KEYS: ("RESAKA_KEYS_BACKUP_DIR", settings.KEYS_BACKUP_DIR)}
    variable, folder = named[kind]
    if folder is None:
        raise NotConfigured(f"{variable} names no folder")
    others = {name: other for other_kind, (name, other) in named.items() if other_kind != kind}
    for name, other in {"RESAKA_DATA_DIR": settings.DATA_DIR, **others}.items():
        if other is not None and (folder.is_relative_to(other) or other.is_relative_to(folder)):
            raise NotConfigured(f"{variable} and {name} must lie apart: {folder}, {other}")
    return Place(kind, folder)


def engine_of(kind: str) -> str:
    """Which engine holds what a kind of backup copies: sqlite or mariadb."""
    return "sqlite" if connections[ALIAS[kind]].vendor == "sqlite" else "mariadb"


def stamp_of(path: Path, kind: str) -> datetime | None:
    """When a backup of this kind was begun, by the name of its folder; None: it is none."""
    found = _NAME.match(path.name)
    if found is None or found[1] != kind:
        return None
    return datetime.strptime(found[2], _STAMP).replace(tzinfo=UTC)


def new_name(kind: str, now: datetime) -> str:
    """The name of a backup that begins now."""
    return f"{kind}-{now.astimezone(UTC):{_STAMP}}-{secrets.token_hex(4)}"


@contextmanager
def claimed(place: Place) -> Iterator[None]:
    """Keep a place for this process; what killed ones left half done goes.

    Raises:
        BackupError: another backup runs there; OSError.
    """
    place.folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    handle = os.open(place.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupError(f"another backup is being made in {place.folder}") from error
        for half in (*place.folder.glob(f"{_PARTIAL}*"), *settings.DATA_DIR.glob(f"{_SCRATCH}{place.kind}-*")):
            shutil.rmtree(half)
        yield
    finally:
        os.close(handle)


@contextmanager
def being_made(place: Place, name: str) -> Iterator[Path]:
    """A folder that counts as a backup only when the block ends well; else nothing of it stays."""
    partial = place.folder / f"{_PARTIAL}{name}"
    partial.mkdir(mode=_PRIVATE)
    try:
        yield partial
        sync_folder(partial)
        partial.rename(place.folder / name)
        sync_folder(place.folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """A private folder beside the data, for what is not encrypted yet; gone at the end of the block, or with the next backup."""
    folder = settings.DATA_DIR / f"{_SCRATCH}{kind}-{secrets.token_hex(4)}"
    folder.mkdir(mode=_PRIVATE)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rotate(place: Place, *, now: datetime) -> list[str]:
    """Destroy backups that are too old; their names. The last main backup stays, however old: losing all is worse. Of the key store none
    stays: it is why an erased person is erased everywhere.
    """
    backups = place.list_backups()
    spared = backups[-1:] if place.kind == MAIN else []
    gone = [path for path in backups if path not in spared and _is_older(path, place.kind, KEEP[place.kind], now)]
    for path in gone:
        _destroy(path)
    for path in backups:
        if path not in gone and _is_older(path, place.kind, KEEP_BINLOG, now):
            shutil.rmtree(path / BINLOG, ignore_errors=True)
    return [path.name for path in gone]


def _destroy(path: Path) -> None:
    """Under a name that counts no more first: a process killed in between leaves no backup that lacks a part."""
    dead = path.with_name(f"{_PARTIAL}{path.name}")
    path.rename(dead)
    shutil.rmtree(dead)


def _is_older(path: Path, kind: str, than: timedelta, now: datetime) -> bool:
    begun = stamp_of(path, kind)
    return begun is not None and now - begun > than
