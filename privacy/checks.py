"""What must not start: a kind of data that nobody said how long to keep."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from privacy.models import RetentionRule
from privacy.services.shelves import SHELVES


@register(Tags.database)
def check_rules(databases: Any = None, **_options: Any) -> list[CheckMessage]:
    """Every shelf has its rule (privacy.E001). Looked at when the database is (`manage.py check --database default`, `migrate`), but not
    before the migrations that bring the rules have run."""
    if not databases or "default" not in databases or _has_migrations_to_run():
        return []
    try:
        known = set(RetentionRule.objects.filter(jurisdiction="").values_list("code", flat=True))
    except DatabaseError:  # not migrated yet
        return []
    return [Error(f"no RetentionRule for {code}", id="privacy.E001") for code in sorted(set(SHELVES) - known)] if known else []


def _has_migrations_to_run() -> bool:
    executor = MigrationExecutor(connections["default"])
    return bool(executor.migration_plan([node for node in executor.loader.graph.leaf_nodes() if node[0] == "privacy"]))
