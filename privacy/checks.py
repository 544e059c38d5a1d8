"""What must not start: a kind of data that nobody said how long to keep."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from privacy.models import RetentionRule
from privacy.services.shelves import SHELVES


@register(Tags.database)
def check_rules(databases: Any = None, **_options: Any) -> list[CheckMessage]:
    """Every shelf has its rule (privacy.E001). Looked at when the database is (`manage.py check --database default`, `migrate`)."""
    if not databases or "default" not in databases:
        return []
    try:
        known = set(RetentionRule.objects.values_list("code", flat=True))
    except DatabaseError:  # not migrated yet
        return []
    return [Error(f"no RetentionRule for {code}", id="privacy.E001") for code in sorted(set(SHELVES) - known)] if known else []
