"""A database in one file: copied while it is used, and put back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connections

from core.backups.errors import Damaged

CONTENT = "sqlite"


def database_file(alias: str) -> Path:
    """Where the database of an alias lies."""
    return Path(settings.DATABASES[alias]["NAME"])


def copy_database(alias: str, target: Path) -> None:
    """Copy a database as it is at one moment into a new file, with SQLite's own online backup; whoever writes goes on writing.

    In one step: the copy begins anew whenever somebody else writes between two, and with many who write it would never end.

    Raises:
        Damaged: the copy does not hold, so the database does not; sqlite3.Error, OSError.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    here = connections.create_connection(alias)
    try:
        here.ensure_connection()
        with closing(sqlite3.connect(target)) as there:
            here.connection.backup(there)
            there.execute("PRAGMA journal_mode=DELETE")
            check(there, target.name)
    finally:
        here.close()


def check(database: sqlite3.Connection, name: str) -> None:
    """Whether all pages hold together.

    Raises:
        Damaged.
    """
    try:
        found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise Damaged(f"{name} is no database: {error}") from error
    if found != "ok":
        raise Damaged(f"{name} is damaged: {found}")


def check_file(file: Path) -> None:
    """The same for a file that nobody uses.

    Raises:
        Damaged.
    """
    with closing(sqlite3.connect(file)) as database:
        check(database, file.name)


def is_in_use(alias: str) -> bool:
    """Whether there is a database already with anything in it."""
    file = database_file(alias)
    return file.is_file() and file.stat().st_size > 0


def put_back(fresh: Path, alias: str, aside: Path) -> None:
    """Put a file in the place of a database; what was there, with its journal, goes to the folder `aside`.

    Raises:
        OSError.
    """
    connections[alias].close()
    target = database_file(alias)
    for name in (target, *(target.with_name(target.name + ending) for ending in ("-wal", "-shm"))):
        if name.exists():
            os.replace(name, aside / name.name)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(fresh, target)
