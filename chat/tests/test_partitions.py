"""The log's partitions on MariaDB: made ahead, dropped whole, and nothing that still shows goes with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from chat.models import RoomEvent
from chat.services.partitions import DAYS_AHEAD, drop_expired_partitions, list_partitions, make_partitions, turn_partitions
from chat.tests.factories import NOON, make_room

pytestmark = pytest.mark.django_db(transaction=True)
needs_partitions = pytest.mark.skipif(connection.vendor != "mysql", reason="only MariaDB and MySQL keep the log in partitions")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """These statements commit themselves, so the layout is put back by hand."""
    yield
    if connection.vendor == "mysql":
        RoomEvent.objects.all().delete()
        days = list_partitions()
        if days:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"ALTER TABLE chat_roomevent REORGANIZE PARTITION {', '.join(f'p{day:%Y%m%d}' for day in days)}, pmax "
                    "INTO (PARTITION pmax VALUES LESS THAN (MAXVALUE))"
                )


def event(seq: int, hours: float) -> RoomEvent:
    return RoomEvent(room_id=1, seq=seq, kind=1, n=seq, at=NOON, payload=b"x", expires_at=NOON + timedelta(hours=hours))


@needs_partitions
def test_partitions_reach_beyond_the_longest_life_and_are_made_once() -> None:
    assert make_partitions(now=NOON) == DAYS_AHEAD + 1
    assert make_partitions(now=NOON) == 0
    assert make_partitions(now=NOON + timedelta(days=2)) == 2
    days = list_partitions()
    assert days[0] == NOON.date()
    assert days[-1] == NOON.date() + timedelta(days=DAYS_AHEAD + 2)
    assert days == [NOON.date() + timedelta(days=number) for number in range(len(days))]


@needs_partitions
def test_a_day_goes_whole_when_it_is_over_and_not_before() -> None:
    make_partitions(now=NOON)
    RoomEvent.objects.bulk_create([event(1, -5), event(2, 3), event(3, 11.9), event(4, 12), event(5, 24 * 29)])
    assert drop_expired_partitions(now=NOON + timedelta(hours=11)) == 0
    assert RoomEvent.objects.count() == 5
    assert drop_expired_partitions(now=NOON + timedelta(hours=12)) == 1
    assert sorted(RoomEvent.objects.values_list("seq", flat=True)) == [4, 5]
    assert turn_partitions(now=NOON + timedelta(hours=12)) == {"made": 1, "dropped": 0}


@needs_partitions
def test_after_a_month_of_sleep_everything_old_goes_and_numbers_stand() -> None:
    room = make_room("endormi")
    make_partitions(now=NOON)
    RoomEvent.objects.bulk_create([event(n, n * 24) for n in range(1, 30)])
    later = NOON + timedelta(days=90)
    assert turn_partitions(now=later)["dropped"] == DAYS_AHEAD + 1
    assert RoomEvent.objects.count() == 0
    assert list_partitions()[0] >= later.date()
    room.refresh_from_db()
    assert room.last_seq == 0


@pytest.mark.skipif(connection.vendor == "mysql", reason="elsewhere there are none")
def test_other_engines_have_none() -> None:
    assert turn_partitions(now=NOON) == {"made": 0, "dropped": 0}
