"""Batches of an erasure: small, counted by table, and done when nothing is found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from core import sealing
from core.erasing import add_up, blank_some, delete_some, next_batch
from core.models import OutboxEvent, SetAside
from core.setaside import drop_of_owner
from core.tests.moments import NOON

pytestmark = pytest.mark.django_db


def events(count: int) -> None:
    OutboxEvent.objects.bulk_create(
        OutboxEvent(event="a.B", handler="a.on_b", payload={}, due_at=NOON, created_at=NOON) for _number in range(count)
    )


def test_at_most_a_batch_goes_and_the_first_ones_first() -> None:
    events(5)
    first = list(OutboxEvent.objects.order_by("pk").values_list("pk", flat=True))
    assert delete_some(OutboxEvent.objects.all(), limit=2) == {"core_outboxevent": 2}
    assert list(OutboxEvent.objects.order_by("pk").values_list("pk", flat=True)) == first[2:]
    assert delete_some(OutboxEvent.objects.all()) == {"core_outboxevent": 3}
    assert delete_some(OutboxEvent.objects.all()) == {}


def test_columns_are_blanked_until_the_query_finds_none() -> None:
    events(3)
    rows = OutboxEvent.objects.exclude(lease="x")
    assert blank_some(rows, limit=2, lease="x") == {"core_outboxevent": 2}
    assert blank_some(rows, lease="x") == {"core_outboxevent": 1}
    assert blank_some(rows, lease="x") == {}


def test_counts_of_one_table_add_up() -> None:
    assert add_up({"a": 1, "b": 2}, {}, {"a": 3}) == {"a": 4, "b": 2}
    assert add_up() == {}


def test_the_next_batch_is_of_the_first_deed_that_finds_something() -> None:
    left = {"one": 2, "two": 1}

    def deed(name: str) -> Any:
        def run(user_id: int, now: datetime) -> dict[str, int]:
            assert (user_id, now) == (7, NOON)
            left[name] -= 1
            return {name: 1} if left[name] >= 0 else {}

        return run

    deeds = (deed("one"), deed("two"))
    said = [next_batch(deeds, user_id=7, now=NOON) for _time in range(4)]
    assert said == [{"one": 1}, {"one": 1}, {"two": 1}, {}]


def test_what_was_set_aside_of_somebody_goes_and_that_of_others_stays() -> None:
    for owner in (7, 7, 7, 8):
        SetAside.objects.create(table=OutboxEvent._meta.db_table, owner_id=owner, at=NOON, blob=b"x")
    SetAside.objects.create(table="another", owner_id=7, at=NOON, blob=b"x")
    assert [drop_of_owner(OutboxEvent, owner_id=7, limit=2) for _time in range(3)] == [2, 1, 0]
    assert sorted(SetAside.objects.values_list("table", "owner_id")) == [("another", 7), ("core_outboxevent", 8)]


def test_whether_a_key_is_there_is_asked_of_the_store_and_not_of_the_memory() -> None:
    assert sealing.has_key("user:7") is False
    sealing.seal("user:7", b"x", "a")
    assert sealing.has_key("user:7") is True
    sealing.destroy_key("user:7")
    assert sealing.has_key("user:7") is False
