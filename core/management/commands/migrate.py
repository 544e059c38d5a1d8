"""Django's `migrate`, which brings to the key store the migrations of the one app that has tables there."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.loader import MigrationLoader

from core.routers import KEYS, KEYS_APP


class Command(migrate.Command):
    """The migrations of the other apps change nothing in the key store, yet Django would work out the models after each of them: most of a
    minute, at every first start, restore and run of the tests."""

    def handle(self, *args: Any, **options: Any) -> None:
        asked_whole = options["database"] == KEYS and not options["app_label"]
        if asked_whole and MigrationLoader.migrations_module(KEYS_APP)[0]:  # tests can do without migrations
            options |= {"app_label": KEYS_APP, "run_syncdb": False}
        super().handle(*args, **options)
