"""Retention: what has expired goes, what has not stays, whatever the mixture."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from accounts.tests.factories import make_user
from chat.models import DeletedBody, MessageMeta, Room, RoomEvent
from chat.models.event import META_KEPT
from chat.services import messages
from chat.services.partitions import has_partitions
from chat.tests.factories import NOON, join, make_room, say
from chat.tests.purging import BATCH, purge_expired

HOURS = st.integers(min_value=-5000, max_value=5000)


class AnyMixture(TestCase):
    """A database of its own for every example."""

    databases = {"default", "keys"}

    @given(ages=st.lists(HOURS, max_size=30), bodies=st.lists(HOURS, max_size=10), metas=st.lists(st.integers(0, 800), max_size=20))
    @settings(max_examples=40, deadline=None)
    def test_exactly_what_has_expired_goes(self, ages: list[int], bodies: list[int], metas: list[int]) -> None:
        room = make_room("sablier")
        events = [
            RoomEvent(room_id=room.pk, seq=n, kind=1, n=n, at=NOON, payload=b"x", expires_at=NOON + timedelta(hours=hours))
            for n, hours in enumerate(ages, start=1)
        ]
        RoomEvent.objects.bulk_create(events)
        DeletedBody.objects.bulk_create(
            DeletedBody(room_id=room.pk, seq=n, author_id=1, payload=b"x", deleted_at=NOON, expires_at=NOON + timedelta(hours=hours))
            for n, hours in enumerate(bodies, start=1)
        )
        MessageMeta.objects.bulk_create(
            MessageMeta(room_id=room.pk, seq=n, author_id=1, client_id=uuid.uuid4(), at=NOON - timedelta(days=days))
            for n, days in enumerate(metas, start=1)
        )
        counts = purge_expired(now=NOON)
        left = set(RoomEvent.objects.values_list("seq", flat=True))
        assert left == {n for n, hours in enumerate(ages, start=1) if hours > 0 or has_partitions()}
        assert DeletedBody.objects.count() == sum(hours > 0 for hours in bodies)
        assert MessageMeta.objects.count() == sum(days < META_KEPT.days for days in metas)
        assert counts["events"] == len(ages) - len(left)
        assert purge_expired(now=NOON) == {"events": 0, "deleted_bodies": 0, "hidden_bodies": 0, "images": 0, "meta": 0}
        Room.objects.all().delete()


@pytest.fixture
def old_room(amina: User) -> Room:
    room = make_room("vieux", visible_hours=24)
    join(amina, room)
    return room


@pytest.mark.django_db
def test_words_go_and_the_record_stays_a_year(old_room: Room, amina: User) -> None:
    say(amina, old_room, "éphémère")
    purge_expired(now=NOON + timedelta(hours=25))
    assert RoomEvent.objects.count() == (1 if has_partitions() else 0)
    assert [(meta.author_id, meta.at) for meta in MessageMeta.objects.all()] == [(amina.pk, NOON)]
    purge_expired(now=NOON + META_KEPT)
    assert MessageMeta.objects.count() == 0


@pytest.mark.django_db
def test_a_retracted_text_stays_sealed_for_a_day_alone(old_room: Room, amina: User) -> None:
    seq = say(amina, old_room, "regretté").seq
    messages.delete_message(user=amina, room_public_id=old_room.public_id, seq=seq, now=NOON + timedelta(minutes=1))
    body = DeletedBody.objects.get()
    assert "regretté".encode() not in bytes(body.payload)
    purge_expired(now=NOON + timedelta(hours=24))
    assert DeletedBody.objects.count() == 1
    purge_expired(now=NOON + timedelta(hours=24, minutes=1))
    assert DeletedBody.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor == "mysql", reason="there the log goes by partitions: test_partitions.py")
def test_a_long_backlog_goes_in_bites() -> None:
    make_user("Dina")
    room = make_room("plein")
    RoomEvent.objects.bulk_create(
        RoomEvent(room_id=room.pk, seq=n, kind=1, n=n, at=NOON, payload=b"x", expires_at=NOON) for n in range(1, 2 * BATCH + 2)
    )
    assert purge_expired(now=NOON, batches=1)["events"] == BATCH
    assert purge_expired(now=NOON)["events"] == BATCH + 1


@pytest.mark.django_db
def test_numbers_go_on_after_everything_is_gone(old_room: Room, amina: User) -> None:
    say(amina, old_room)
    purge_expired(now=NOON + timedelta(days=2))
    assert say(amina, old_room, now=NOON + timedelta(days=2)).seq == 2
