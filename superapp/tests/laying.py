"""An empty house in seconds: tables as the models say, what migrations alone lay out, and static files.

python -m superapp.tests.laying
"""

from __future__ import annotations

from importlib import import_module

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from billing.ledger import guards  # noqa: E402
from core.tests.tables import make_tables  # noqa: E402

_IN_PARTITIONS = ("accounts.migrations.0013_connections", "chat.migrations.0002_lay_out_the_log")


def lay_out() -> None:
    """Both databases as the migrations would leave them, where their own data does not matter."""
    make_tables(recorded=True)
    guards.lay_out(connection)
    with connection.schema_editor(atomic=False) as editor:
        for name in _IN_PARTITIONS:
            import_module(name).lay_out(None, editor)


if __name__ == "__main__":
    lay_out()
    call_command("collectstatic", interactive=False, verbosity=0)
