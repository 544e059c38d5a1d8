"""Tables as the models say, for processes of tests that have a database of their own; and a key store without any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import load_backend
from django.test import override_settings

from core.routers import KEYS

_ALIASES = ("default", KEYS)


def make_tables(*, recorded: bool = False) -> None:
    """Both databases, whole, without the migrations, which take most of a minute. What migrations alone lay out (the guards of the ledger)
    is the caller's to add. `recorded`: as if the migrations had made them, for a house that is served."""
    with override_settings(MIGRATION_MODULES={app.label: None for app in apps.get_app_configs()}):
        for alias in _ALIASES:
            call_command("migrate", database=alias, run_syncdb=True, verbosity=0)
    if recorded:
        for alias in _ALIASES:
            recorder = MigrationRecorder(connections[alias])
            recorder.ensure_schema()
            recorder.migration_qs.bulk_create(recorder.Migration(app=app, name=name) for app, name in MigrationLoader(None).disk_migrations)


@contextmanager
def empty_key_store(folder: Path) -> Iterator[BaseDatabaseWrapper]:
    """A key store of nothing at all, on SQLite, in the place of the one that the tests have."""
    sqlite = "django.db.backends.sqlite3"
    chosen = {**connections[KEYS].settings_dict, "ENGINE": sqlite, "NAME": str(folder / "keys.sqlite3"), "OPTIONS": {}}
    before, store = connections[KEYS], load_backend(sqlite).DatabaseWrapper(chosen, KEYS)
    connections[KEYS] = store
    try:
        yield store
    finally:
        store.close()
        connections[KEYS] = before
