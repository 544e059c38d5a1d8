"""An empty house in seconds: tables as the models say, what migrations alone lay out, and static files.

python -m superapp.tests.laying
"""

from __future__ import annotations

from importlib import import_module

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from core.tests.tables import make_tables  # noqa: E402
from privacy.tests.conftest import seed_rules  # noqa: E402

_BY_MIGRATIONS_ALONE = (
    ("accounts.migrations.0003_allauth_uniques", "add_keys"),
    ("accounts.migrations.0009_mfa_unique", "add_key"),
    ("accounts.migrations.0013_connections", "lay_out"),
    ("billing.migrations.0004_invoices", "seed"),
    ("billing.migrations.0008_ledger_guards", "lay_out"),
    ("chat.migrations.0002_lay_out_the_log", "lay_out"),
)


def lay_out() -> None:
    """Both databases as the migrations leave those of a new house."""
    make_tables(recorded=True)
    with connection.schema_editor(atomic=False) as editor:
        for module, deed in _BY_MIGRATIONS_ALONE:
            getattr(import_module(module), deed)(apps, editor)
    seed_rules()


if __name__ == "__main__":
    lay_out()
    call_command("collectstatic", interactive=False, verbosity=0)
