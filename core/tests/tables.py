"""Tables as the models say, for processes of tests that have a database of their own."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.core.management import call_command


def make_tables() -> None:
    """Both databases, whole, without the migrations, which take most of a minute together. What migrations alone lay out (the guards of
    the ledger) is the caller's to add."""
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    for alias in ("default", "keys"):
        call_command("migrate", database=alias, run_syncdb=True, verbosity=0)
