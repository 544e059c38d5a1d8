"""A hold on single messages: all that belongs to them stays, wherever it lies, and nothing else does."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from accounts.tests.factories import NOON
from core.models import SetAside
from core.purging import Spared
from core.setaside import drop_set_aside, set_aside
from moderation.courts.terms import HoldScope
from moderation.services.holds import HoldInvalid, place_hold
from privacy.services.purge import purge_due, turn_days
from privacy.tests.test_purge import as_it_was, needs_partitions  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
DAY = timedelta(days=1)
MessageMeta = apps.get_model("chat", "MessageMeta")
RoomEvent = apps.get_model("chat", "RoomEvent")
DeletedBody = apps.get_model("chat", "DeletedBody")
HiddenBody = apps.get_model("chat", "HiddenBody")
LegalHold = apps.get_model("moderation", "LegalHold")
MESSAGE, EDIT = 1, 2


def event(seq: int, *, room: int = 1, target: int | None = None) -> Any:
    kind = EDIT if target else MESSAGE
    return RoomEvent(room_id=room, seq=seq, kind=kind, n=seq, actor_id=7, target_seq=target, at=NOON - DAY, payload=b"x", expires_at=NOON)


def trace(seq: int, *, room: int = 1, author: int = 7) -> Any:
    return MessageMeta(author_id=author, client_id=uuid.uuid4(), room_id=room, seq=seq, at=NOON - 400 * DAY)


def deleted(seq: int, *, room: int = 1) -> Any:
    return DeletedBody(room_id=room, seq=seq, author_id=7, payload=b"x", deleted_at=NOON - DAY, expires_at=NOON)


def hidden(seq: int, target: int, *, room: int = 1) -> Any:
    return HiddenBody(room_id=room, seq=seq, target_seq=target, payload=b"x", hidden_at=NOON - DAY, expires_at=NOON)


def hold(by: Any, *lines: tuple[int, int], codes: tuple[str, ...] = ()) -> Any:
    return place_hold(scope=HoldScope.ROWS, lines=lines, codes=codes, by=by, reason="réquisition", now=NOON - 300 * DAY)


def test_of_a_held_message_everything_stays_and_of_its_neighbours_nothing(lea: Any) -> None:
    MessageMeta.objects.bulk_create([trace(1), trace(2), trace(1, room=2)])
    RoomEvent.objects.bulk_create([event(1), event(2), event(3, target=1), event(4, target=2), event(1, room=2)])
    DeletedBody.objects.bulk_create([deleted(1), deleted(2), deleted(3), deleted(4)])
    HiddenBody.objects.bulk_create([hidden(1, 1), hidden(3, 1), hidden(2, 2), hidden(1, 1, room=2)])
    hold(lea, (1, 1))
    purge_due(now=NOON)
    assert list(MessageMeta.objects.values_list("room_id", "seq")) == [(1, 1)]
    assert sorted(HiddenBody.objects.values_list("room_id", "seq")) == [(1, 1), (1, 3)]
    assert sorted(DeletedBody.objects.values_list("seq", flat=True)) == [1, 3]  # its own words and those of its correction
    if connection.vendor != "mysql":  # there the log leaves by day
        assert sorted(RoomEvent.objects.values_list("room_id", "seq")) == [(1, 1), (1, 3)]
    LegalHold.objects.update(until_at=NOON)
    purge_due(now=NOON)
    assert MessageMeta.objects.count() + HiddenBody.objects.count() + DeletedBody.objects.count() == 0


def test_a_hold_may_name_codes_here_too(lea: Any) -> None:
    MessageMeta.objects.bulk_create([trace(1)])
    DeletedBody.objects.bulk_create([deleted(1)])
    hold(lea, (1, 1), codes=("MESSAGE_DELETED",))
    assert purge_due(now=NOON) == {"MESSAGE_META": 1}
    assert DeletedBody.objects.count() == 1


def test_many_held_messages_hold_nobody_else_up(lea: Any) -> None:
    MessageMeta.objects.bulk_create([trace(seq) for seq in range(1, 601)] + [trace(9000)])
    hold(lea, *[(1, seq) for seq in range(1, 601)])
    assert purge_due(now=NOON, rounds=1) == {"MESSAGE_META": 1}
    assert MessageMeta.objects.count() == 600


def test_a_message_without_a_trace_cannot_be_held(lea: Any) -> None:
    MessageMeta.objects.bulk_create([trace(1)])
    for lines in ([], [(1, 1), (1, 2)], [(2, 1)]):
        with pytest.raises(HoldInvalid) as found:
            hold(lea, *lines)
        assert found.value.field == "subject_ids"
    assert LegalHold.objects.count() == 0


def test_what_is_set_aside_for_a_message_goes_with_its_hold() -> None:
    rows = [event(seq, room=room) for room in (1, 2) for seq in (1, 2)]
    assert set_aside(rows, owner="actor_id", place="room_id", number="seq", now=NOON) == 4
    table = RoomEvent._meta.db_table
    assert drop_set_aside(table=table, spared=Spared(lines=[(1, 2), (2, 1)]), limit=9) == 2
    assert sorted(SetAside.objects.values_list("place_id", "number")) == [(1, 2), (2, 1)]
    assert drop_set_aside(table=table, spared=Spared(places=[2]), limit=9) == 1
    assert drop_set_aside(table=table, spared=Spared(), limit=9) == 1


@needs_partitions
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("as_it_was")
def test_a_day_of_the_log_goes_and_the_held_message_stays_with_its_corrections(lea: Any) -> None:
    turn_days(now=NOON)
    MessageMeta.objects.bulk_create([trace(1), trace(2)])
    RoomEvent.objects.bulk_create([event(1), event(2), event(3, target=1)])
    hold(lea, (1, 1))
    assert turn_days(now=NOON + DAY)["MESSAGE_BODY"]["dropped"] == 1
    assert RoomEvent.objects.count() == 0
    assert list(SetAside.objects.order_by("pk").values_list("place_id", "number")) == [(1, 1), (1, 1)]
    purge_due(now=NOON + DAY)
    assert SetAside.objects.count() == 2
    LegalHold.objects.update(until_at=NOON + 2 * DAY)
    assert purge_due(now=NOON + 2 * DAY)["SET_ASIDE"] == 2
