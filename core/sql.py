"""Statements that travel together: on MariaDB and MySQL several cross the wire in one round trip.

The write path of the rooms is bounded by round trips. The driver sends `a; b; c` as one packet and gives the results one after the
other, with every parameter escaped; SQLite has no wire, so there they run one by one. Only for fixed SQL of our own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model


class Statement(NamedTuple):
    """SQL with `%s` for its parameters; without parameters it goes as it stands."""

    sql: str
    params: Sequence[Any] = ()


def literal(value: int | bytes | datetime | uuid.UUID | None) -> str:
    """A value written into SQL, for types whose text cannot contain anything but themselves; text is never among them.

    The drivers take half of the time of a large insert to quote each parameter by itself; this does not.

    Raises:
        TypeError: any other type.
    """
    if type(value) is int:
        return str(value)
    if value is None:
        return "NULL"
    if type(value) is bytes:
        return f"X'{value.hex()}'"
    if type(value) is datetime:
        return f"'{value.astimezone(UTC).replace(tzinfo=None)}'"  # as both backends of Django store a time
    raise TypeError(f"{type(value).__name__} may not be written into SQL")


def uuid_literal(value: uuid.UUID, connection: BaseDatabaseWrapper) -> str:
    """A UUID as the backend stores it: MariaDB has a type of its own, the others keep 32 digits."""
    return f"'{value}'" if connection.features.has_native_uuid_field else f"'{value.hex}'"


def fetch_all(connection: BaseDatabaseWrapper, queries: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """The rows of each query."""
    if connection.vendor != "mysql":
        with connection.cursor() as cursor:
            return [list(cursor.execute(sql, params or None).fetchall()) for sql, params in queries]
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
            return [cursor.execute(sql, params or None).rowcount for sql, params in statements]
        cursor.execute(*_joined(statements))
        touched = [cursor.rowcount]
        while cursor.nextset():
            touched.append(cursor.rowcount)
        return touched


def _joined(statements: Sequence[Statement]) -> tuple[str, list[Any] | None]:
    params = [value for statement in statements for value in statement.params]
    if not params:
        return "; ".join([statement.sql for statement in statements]), None
    # with parameters the driver reads `%` as its own sign, also in statements that have none
    return "; ".join([sql if own else sql.replace("%", "%%") for sql, own in statements]), params


def insert(table: str, columns: Sequence[str], rows: Sequence[str]) -> Statement:
    """One INSERT of many rows, each a list of literals in brackets."""
    return Statement(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join(rows)}")  # noqa: S608  (names and literals are ours)


def update_each(table: str, rows: Mapping[int, Mapping[str, str]]) -> Statement:
    """One UPDATE that gives each row, by its id, its own literals; all rows have the same columns."""
    sets = []
    for column in next(iter(rows.values())):
        cases = " ".join([f"WHEN {row_id} THEN {values[column]}" for row_id, values in rows.items()])
        sets.append(f"{column} = CASE id {cases} END")
    return Statement(f"UPDATE {table} SET {', '.join(sets)} WHERE id IN ({numbers(rows)})")  # noqa: S608  (names and literals are ours)


def columns_of(model: type[Model], *names: str) -> tuple[str, ...]:
    """The named columns in the order in which `Model.from_db` wants their values: that of the model, whatever it is told.

    Raises:
        LookupError: the model has no such column.
    """
    ordered = tuple(field.attname for field in model._meta.concrete_fields if field.attname in names)
    if len(ordered) != len(names):
        raise LookupError(f"{model.__name__} has no {', '.join(sorted(set(names) - set(ordered)))}")
    return ordered


def moment(value: datetime | str | None) -> datetime | None:
    """A time as the drivers give it: a naive UTC datetime (MariaDB) or its text (SQLite)."""
    if value is None:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def wire_text(column: str, connection: BaseDatabaseWrapper) -> str:
    """SQL for a time as `core.clock.to_wire_exact` writes it, where many are read and none is reckoned with."""
    if connection.vendor == "mysql":
        return f"DATE_FORMAT({column}, '%Y-%m-%dT%H:%i:%s.%fZ')"
    return f"replace({column}, ' ', 'T') || CASE WHEN instr({column}, '.') THEN '' ELSE '.000000' END || 'Z'"  # whole seconds have no more


def numbers(values: Iterable[int]) -> str:
    """`1, 2, 3` for an IN list."""
    return ", ".join([literal(value) for value in values])
