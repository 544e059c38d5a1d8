"""The key store is brought up to date by the migrations of the one app that lives there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from core.routers import KEYS, KEYS_APP
from core.tests.tables import empty_key_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(tmp_path: Path, settings: Any) -> Iterator[BaseDatabaseWrapper]:
    settings.MIGRATION_MODULES = {}  # the house has its migrations also where the tests run without
    with empty_key_store(tmp_path) as made:
        yield made


def applied(store: BaseDatabaseWrapper) -> set[str]:
    return {app for app, _name in MigrationRecorder(store).applied_migrations()}


def test_only_the_app_that_lives_there_is_migrated(store: BaseDatabaseWrapper) -> None:
    call_command("migrate", database=KEYS, verbosity=0)
    assert applied(store) == {KEYS_APP}
    assert set(store.introspection.table_names()) == {"core_datakey", "core_tombstone", "django_migrations"}
    executor = MigrationExecutor(store)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes(KEYS_APP)) == []


def test_tables_for_tests_are_made_the_same_way(store: BaseDatabaseWrapper) -> None:
    """As the runner of the tests asks for them: with those of apps that have no migrations."""
    call_command("migrate", database=KEYS, verbosity=0, run_syncdb=True)
    assert applied(store) == {KEYS_APP}


def test_tables_are_made_as_the_models_say_where_there_are_no_migrations(store: BaseDatabaseWrapper, settings: Any) -> None:
    settings.MIGRATION_MODULES = {KEYS_APP: None}
    call_command("migrate", database=KEYS, verbosity=0, run_syncdb=True)
    assert {"core_datakey", "core_tombstone"} <= set(store.introspection.table_names())
    call_command("migrate", database=KEYS, verbosity=0)  # nothing to do, and no error


def test_who_names_an_app_has_that_app(store: BaseDatabaseWrapper) -> None:
    call_command("migrate", KEYS_APP, "0001", database=KEYS, verbosity=0)
    assert MigrationRecorder(store).applied_migrations().keys() == {(KEYS_APP, "0001_initial")}
    call_command("migrate", "sessions", database=KEYS, verbosity=0)
    assert applied(store) == {KEYS_APP, "sessions"}
    assert "django_session" not in store.introspection.table_names()
