"""What was deleted leaves the files too, as far as an engine lets it.

SQLite overwrites what it deletes (`secure_delete`, superapp.databases), but its journal (`-wal`) keeps what was written until it is used
again; so it is emptied every few minutes. MariaDB has no such means: what was deleted is overwritten as pages are used again, and its
binary log goes after seven days. What people wrote is sealed in both, so what lingers is no text of anybody.
"""

from __future__ import annotations

from django.db import connections

from core.backups.places import ALIAS

_PATIENCE_MS = 200  # who writes waits meanwhile


def scrub_journals() -> dict[str, bool]:
    """Empty the journals of SQLite; by alias, whether that could be done now. A reader who holds on to a moment stands in the way; the next
    call tries again."""
    return {alias: _scrub(alias) for alias in ALIAS.values() if connections[alias].vendor == "sqlite"}


def _scrub(alias: str) -> bool:
    connection = connections.create_connection(alias)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return bool(cursor.fetchone()[0] == 0)
    finally:
        connection.close()
