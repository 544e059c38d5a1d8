"""Where backups go, and who may read them (docs/backups.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from superapp import databases, env


def _folder(name: str) -> Path | None:
    given = env.text(name)
    if given and not Path(given).is_absolute():
        raise ImproperlyConfigured(f"{name}: expected a path from the root, got {given!r}")
    return Path(given).resolve() if given else None


def _recipients() -> list[str]:
    found = env.words("RESAKA_BACKUP_RECIPIENTS", "")
    for word in found:
        if not word.startswith("age1"):
            raise ImproperlyConfigured(f"RESAKA_BACKUP_RECIPIENTS: expected public keys of age (age1…), got {word[:12]!r}")
    return found


def _database() -> dict[str, Any] | None:
    url = env.text("RESAKA_BACKUP_DATABASE_URL")
    return databases.mysql("RESAKA_BACKUP_DATABASE_URL", url) if url else None


# Two folders apart from each other and from the data, best on other machines: main backups live 30 days, those of the key store 14.
FOLDER, KEYS_FOLDER = _folder("RESAKA_BACKUP_DIR"), _folder("RESAKA_KEYS_BACKUP_DIR")
RECIPIENTS = _recipients()
# The account that may copy the whole server of MariaDB.
DATABASE = _database()
# Keys that every copy of the key store has, from the first one on: with them the journals outside of the databases are read, and what the
# house has signed is checked.
JOURNAL_SCOPES = ("deletions", "deletion-subjects", "holds", "audit", "signature", "erasure-links")
