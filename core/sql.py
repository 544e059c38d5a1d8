"""Statements that travel together: on MariaDB and MySQL several cross the wire in one round trip.

The write path of the rooms is bounded by round trips. The driver sends `a; b; c` as one packet and gives the results one after the
other, with every parameter escaped; SQLite has no wire, so there they run one by one. Only for fixed SQL of our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper


class Statement(NamedTuple):
    """SQL with `%s` for its parameters."""

    sql: str
    params: Sequence[Any] = ()


def fetch_all(connection: BaseDatabaseWrapper, queries: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """The rows of each query."""
    if connection.vendor != "mysql":
        with connection.cursor() as cursor:
            return [list(cursor.execute(sql, params).fetchall()) for sql, params in queries]
    results: list[list[tuple[Any, ...]]] = []
    with connection.cursor() as cursor:
        cursor.execute(*_joined(queries))
        while True:
            if cursor.description is not None:
                results.append(list(cursor.fetchall()))
            if not cursor.nextset():
                return results


def execute_all(connection: BaseDatabaseWrapper, statements: Sequence[Statement]) -> list[int]:
    """Execute in order; the first that fails ends it. How many rows each one touched."""
    with connection.cursor() as cursor:
        if connection.vendor != "mysql":
            return [cursor.execute(sql, params).rowcount for sql, params in statements]
        cursor.execute(*_joined(statements))
        touched = [cursor.rowcount]
        while cursor.nextset():
            touched.append(cursor.rowcount)
        return touched


def _joined(statements: Sequence[Statement]) -> tuple[str, list[Any]]:
    return "; ".join(sql for sql, _params in statements), [value for _sql, params in statements for value in params]


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Statement:
    """One INSERT of many rows; the values are as the driver wants them."""
    line = f"({', '.join(['%s'] * len(columns))})"
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([line] * len(rows))}"  # noqa: S608  (names are ours)
    return Statement(sql, [value for row in rows for value in row])


def marks(count: int) -> str:
    """`%s, %s, …` for an IN list."""
    return ", ".join(["%s"] * count)
