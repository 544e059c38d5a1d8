"""Statements that travel together, and values that are written into them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from core.models import Lease, OutboxEvent
from core.sql import Statement, columns_of, execute_all, fetch_all, insert, literal, moment, update_each, uuid_literal

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
TABLE = Lease._meta.db_table


@pytest.mark.parametrize("value", ["x", "1; DROP TABLE core_lease", 1.5, True, [1], object()])
def test_only_what_cannot_hide_anything_is_written_into_sql(value: object) -> None:
    with pytest.raises(TypeError):
        literal(value)  # type: ignore[arg-type]


@given(st.binary(max_size=300))
def test_bytes_are_digits(data: bytes) -> None:
    written = literal(data)
    assert written.startswith("X'")
    assert bytes.fromhex(written[2:-1]) == data


def test_literals_come_back_as_they_were() -> None:
    odd = datetime(2026, 11, 23, 15, 0, tzinfo=timezone(timedelta(hours=3)))
    number = uuid.uuid4()
    sql = f"SELECT {literal(2**53)}, {literal(bytes(range(256)))}, {literal(None)}, {literal(odd)}, {uuid_literal(number, connection)}"
    row = fetch_all(connection, [Statement(sql)])[0][0]
    assert (row[0], bytes(row[1]), row[2], str(row[3])) == (2**53, bytes(range(256)), None, "2026-11-23 12:00:00")
    assert uuid.UUID(str(row[4])) == number


def test_each_query_has_its_rows_and_parameters_stay_apart() -> None:
    queries = [
        Statement("SELECT 1"),
        Statement("SELECT %s, %s", ["a'; SELECT 2; --", 5]),
        Statement("SELECT 1 WHERE 1 = 0"),
        Statement("SELECT '100 %'"),
    ]
    assert fetch_all(connection, queries) == [[(1,)], [("a'; SELECT 2; --", 5)], [], [("100 %",)]]
    assert fetch_all(connection, [Statement("SELECT '%'")]) == [[("%",)]]


def test_rows_are_inserted_and_each_changed_by_itself() -> None:
    Lease.objects.create(name="one", until_at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE things (id integer, size integer, seen varchar(40))")
    made = insert("things", ("id", "size"), [f"({number}, {number * 10})" for number in (1, 2, 3)])
    changed = update_each("things", {1: {"size": literal(7), "seen": literal(NOON)}, 3: {"size": literal(8), "seen": literal(None)}})
    assert execute_all(connection, [made, changed]) == [3, 2]
    rows = fetch_all(connection, [Statement("SELECT id, size, seen FROM things ORDER BY id")])[0]
    assert [(row[0], row[1], str(row[2])) for row in rows] == [(1, 7, "2026-11-23 12:00:00.123456"), (2, 20, "None"), (3, 8, "None")]


def test_the_first_that_fails_ends_it() -> None:
    one = Statement(f"INSERT INTO {TABLE} (name, holder, until_at) VALUES (%s, '', %s)", ["one", "2026-01-01 00:00:00"])
    two = Statement(f"INSERT INTO {TABLE} (name, holder, until_at) VALUES (%s, '', %s)", ["two", "2026-01-01 00:00:00"])
    with pytest.raises(IntegrityError), transaction.atomic():
        execute_all(connection, [one, one, two])
    assert Lease.objects.count() == 0


def test_columns_come_in_the_order_of_the_model() -> None:
    assert columns_of(OutboxEvent, "due_at", "id") == tuple(
        field.attname for field in OutboxEvent._meta.concrete_fields if field.attname in {"id", "due_at"}
    )
    with pytest.raises(LookupError, match="OutboxEvent has no colour"):
        columns_of(OutboxEvent, "id", "colour")


@pytest.mark.parametrize("told", [datetime(2026, 5, 4, 3, 2, 1), "2026-05-04 03:02:01", datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)])  # noqa: DTZ001  (as MariaDB's driver gives it)
def test_a_time_of_either_driver(told: datetime | str) -> None:
    assert moment(told) == datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    assert moment(None) is None
