"""Erasing what somebody leaves behind: each app says how, in small batches; `privacy` alone decides, orders and proves.

A deed takes a person's inward id and the time, destroys or blanks at most `BATCH` rows in the caller's transaction, and says how many of
which table. One that finds nothing left says `{}`; so it can be called again at any time, and goes on where a killed process ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import QuerySet

BATCH = 500
# Rows by the name of their table.
Rows = dict[str, int]
Deed = Callable[[int, datetime], Rows]


def next_batch(deeds: Sequence[Deed], *, user_id: int, now: datetime) -> Rows:
    """The rows of the first deed that still finds something; `{}` when none does."""
    for deed in deeds:
        if rows := deed(user_id, now):
            return rows
    return {}


def delete_some(rows: QuerySet[Any], *, limit: int = BATCH) -> Rows:
    """Delete the first rows of a query by their keys; what fell with them is counted under its own table."""
    model = rows.model
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    if not keys:
        return {}
    deleted = model._default_manager.filter(pk__in=keys).delete()[1]
    return {apps.get_model(label)._meta.db_table: count for label, count in deleted.items() if count}


def blank_some(rows: QuerySet[Any], *, limit: int = BATCH, **values: Any) -> Rows:
    """Set columns of the first rows of a query, which must not find them any more afterwards."""
    model = rows.model
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    if not keys:
        return {}
    return {model._meta.db_table: model._default_manager.filter(pk__in=keys).update(**values)}


def add_up(*parts: Rows) -> Rows:
    """Several counts as one."""
    total: Rows = {}
    for part in parts:
        for table, count in part.items():
            total[table] = total.get(table, 0) + count
    return total
