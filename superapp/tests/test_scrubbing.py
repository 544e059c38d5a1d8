"""What was deleted leaves SQLite's own files: overwritten in the database, and not left in its journal."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from core.scrubbing import scrub_journals
from superapp.databases import sqlite

SECRET = b"ambatomainty"


def test_what_is_deleted_is_overwritten_and_the_journal_emptied(tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "house.sqlite3"
    options: dict[str, Any] = sqlite(file)["OPTIONS"]
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for pragma in options["init_command"].split(";"):
            database.execute(pragma)
        database.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, text BLOB)")
        database.executemany("INSERT INTO words (text) VALUES (?)", [(SECRET * 200,) for _row in range(50)])
        database.execute("DELETE FROM words")
        assert SECRET in file.with_name("house.sqlite3-wal").read_bytes()
        assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        assert SECRET not in file.read_bytes()
        assert file.with_name("house.sqlite3-wal").read_bytes() == b""


@pytest.mark.django_db
def test_only_sqlite_has_such_journals() -> None:
    expected = {alias for alias in ("default", "keys") if connections[alias].vendor == "sqlite"}
    assert set(scrub_journals()) == expected
