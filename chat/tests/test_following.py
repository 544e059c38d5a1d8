"""Who follows a whole room hears that it talked: one notice, whatever is said, at no cost for those who write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.services.closure import pause_account
from accounts.services.relations import block_person, mute_person
from accounts.tests.factories import make_user
from chat.enums import NotifyLevel
from chat.events import RoomTalked
from chat.models import Membership, Room
from chat.services import following, memberships
from chat.services.following import PAUSE, SMALL, find_talk, tell_followers
from chat.services.hushing import set_hearing
from chat.tests.factories import NOON, close, join, say
from core.models import OutboxEvent
from notifications.services.crowds import tell_crowd
from notifications.tests.factories import deliver_all

pytestmark = pytest.mark.django_db
Notification = apps.get_model("notifications", "Notification")
SECOND = timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def follow(user: User, room: Room, now: datetime = NOON) -> None:
    set_hearing(user=user, slug=room.slug, level=NotifyLevel.ALL, hush=None, now=now)


def told(user: User) -> list[int]:
    """For how many messages each notice of the room stands."""
    return list(Notification.objects.filter(user=user, kind="ROOM_MESSAGE").order_by("pk").values_list("count", flat=True))


def look(now: datetime) -> int:
    """As the schedule does, and then the outbox."""
    found = find_talk(now=now)
    deliver_all()
    return found


def test_followers_hear_and_others_do_not(room: Room, amina: User, ben: User, carol: User, now: datetime) -> None:
    dina = make_user("Dina")
    join(dina, room)
    follow(ben, room)
    for body in ("un", "deux", "trois"):
        say(amina, room, body, now=now)
    assert look(now) == 1
    assert (told(ben), told(amina), told(dina), told(carol)) == ([3], [], [], [])
    notice = Notification.objects.get(user=ben)
    assert (notice.path, notice.args, notice.group_key) == (f"/rooms/{room.public_id}/", {"seq": 3}, f"room-all:{room.public_id}")


def test_a_room_that_says_nothing_new_is_looked_at_once(room: Room, amina: User, ben: User, now: datetime) -> None:
    follow(ben, room)
    say(amina, room, now=now)
    assert [look(now), look(now + SECOND), look(now + PAUSE)] == [1, 0, 0]


def test_rooms_that_nobody_follows_are_never_found(room: Room, amina: User, now: datetime) -> None:
    say(amina, room, now=now)
    assert look(now) == 0
    assert not OutboxEvent.objects.filter(event="chat.RoomTalked").exists()


def test_who_begins_to_follow_is_not_told_of_what_was_said_before(room: Room, amina: User, ben: User, now: datetime) -> None:
    say(amina, room, now=now)
    follow(ben, room, now)
    assert (look(now), told(ben)) == (0, [])
    say(amina, room, now=now)
    look(now)
    assert told(ben) == [2]  # as many as the list of rooms shows unread


def test_a_second_follower_takes_nothing_from_the_first(room: Room, amina: User, ben: User, now: datetime) -> None:
    dina = make_user("Dina")
    join(dina, room, now=now)
    follow(ben, room, now)
    say(amina, room, now=now)
    follow(dina, room, now)
    look(now)
    assert told(ben) == [1]


def test_however_loud_it_is_each_has_one(room: Room, amina: User, ben: User, now: datetime, settings: Any) -> None:
    settings.MESSAGES_IN_10_S = 1000
    follow(ben, room, now)
    for number in range(30):
        say(amina, room, str(number), now=now + number * SECOND)
        look(now + number * SECOND)
    assert len(told(ben)) == 1


def test_who_has_read_all_hears_nothing(room: Room, amina: User, ben: User, now: datetime) -> None:
    follow(ben, room, now)
    seq = say(amina, room, now=now).seq
    memberships.mark_read(user=ben, room_public_id=room.public_id, seq=seq, now=now)
    look(now)
    assert told(ben) == []


def test_who_writes_alone_is_not_told_of_themselves(room: Room, ben: User, now: datetime) -> None:
    follow(ben, room, now)
    say(ben, room, now=now)
    Membership.objects.filter(user=ben, room=room).update(read_n=0)  # whatever their cursor says
    look(now)
    assert told(ben) == []


def test_a_mention_and_the_room_are_not_told_for_one_message(room: Room, amina: User, ben: User, now: datetime) -> None:
    follow(ben, room, now)
    say(amina, room, "@Ben ?", now=now)
    deliver_all()
    look(now)
    assert (told(ben), Notification.objects.filter(user=ben).count()) == ([], 1)
    say(amina, room, "encore", now=now)
    look(now + SECOND)
    assert told(ben) == [2]


# ---- Who must not be told -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hide", [block_person, mute_person])
def test_who_shall_not_see_the_one_who_spoke_hears_nothing(room: Room, amina: User, ben: User, now: datetime, hide: Any) -> None:
    follow(ben, room, now)
    hide(user=ben, person=amina, now=now)
    say(amina, room, now=now)
    look(now)
    assert told(ben) == []
    dina = make_user("Dina")
    join(dina, room, now=now)
    say(dina, room, now=now)
    look(now + SECOND)
    assert len(told(ben)) == 1


def test_where_very_many_speak_nobody_has_hidden_them_all(room: Room, ben: User, now: datetime, django_assert_max_num_queries: Any) -> None:
    follow(ben, room, now)
    for number in range(7):
        person = make_user(f"Voisin{number}")
        join(person, room, now=now)
        block_person(user=ben, person=person, now=now)
        say(person, room, now=now)
    talked = RoomTalked(room_id=room.pk, since=0, n=7, seq=7, after_id=0)
    with django_assert_max_num_queries(20):
        assert tell_followers(talked=talked, now=now) == 1


@pytest.mark.parametrize(
    "go",
    [
        lambda room, ben, now: memberships.leave_room(user=ben, slug=room.slug, now=now),
        lambda room, ben, now: pause_account(user=ben, now=now),
        lambda room, ben, now: User.objects.filter(pk=ben.pk).update(barred=True),
        lambda room, ben, now: close(room),
        lambda room, ben, now: set_hearing(user=ben, slug=room.slug, level=NotifyLevel.MENTIONS, hush=None, now=now),
        lambda room, ben, now: set_hearing(user=ben, slug=room.slug, level=NotifyLevel.ALL, hush=timedelta(hours=1), now=now),
    ],
    ids=["left", "paused", "barred", "closed", "follows no more", "silent"],
)
def test_who_went_meanwhile_hears_nothing(room: Room, amina: User, ben: User, now: datetime, go: Any) -> None:
    follow(ben, room, now)
    say(amina, room, now=now)
    find_talk(now=now)
    go(room, ben, now)
    deliver_all()
    assert told(ben) == []


# ---- Many ---------------------------------------------------------------------------------------------------------------------------


def test_followers_are_told_by_the_batch_each_once(room: Room, amina: User, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_AT_ONCE", 3)
    people = [make_user(f"Voisin{number}") for number in range(7)]
    for person in people:
        join(person, room, now=now)
        follow(person, room, now)
    say(amina, room, now=now)
    look(now)
    assert [told(person) for person in people] == [[1]] * 7
    assert OutboxEvent.objects.filter(event="chat.RoomTalked").count() == 3


def test_a_batch_that_fails_comes_again_and_tells_nobody_twice(
    room: Room, amina: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_AT_ONCE", 2)
    people = [make_user(f"Voisin{number}") for number in range(4)]
    for person in people:
        join(person, room, now=now)
        follow(person, room, now)
    say(amina, room, now=now)
    calls = []

    def fail(**words: Any) -> int:
        calls.append(1)
        told = tell_crowd(**words)
        if len(calls) == 2:
            raise ValueError("the process ends after writing")
        return told

    with monkeypatch.context() as broken:
        broken.setattr(following, "tell_crowd", fail)
        look(now)
    assert [len(told(person)) for person in people] == [1, 1, 0, 0]
    OutboxEvent.objects.filter(state="PENDING").update(due_at=timezone.now())
    deliver_all()
    assert [told(person) for person in people] == [[1]] * 4


def test_two_looks_at_once_publish_once(room: Room, amina: User, ben: User, now: datetime) -> None:
    follow(ben, room, now)
    say(amina, room, now=now)
    stale = Room.objects.get(pk=room.pk)
    assert find_talk(now=now) == 1
    lost = RoomTalked(room_id=room.pk, since=stale.followed_n, n=stale.last_n, seq=stale.last_seq, after_id=0)
    assert following._publish(lost, now) is False
    assert OutboxEvent.objects.filter(event="chat.RoomTalked").count() == 1


def test_a_large_room_is_told_of_once_a_minute_and_a_small_one_at_once(room: Room, amina: User, ben: User, now: datetime) -> None:
    follow(ben, room, now)
    Room.objects.filter(pk=room.pk).update(members=SMALL + 1)
    say(amina, room, now=now)
    assert look(now) == 1
    say(amina, room, now=now + SECOND)
    assert look(now + PAUSE - SECOND) == 0
    assert look(now + PAUSE) == 1
    Room.objects.filter(pk=room.pk).update(members=SMALL)
    say(amina, room, now=now + PAUSE)
    assert look(now + PAUSE + SECOND) == 1


def test_following_costs_those_who_write_nothing(room: Room, amina: User, now: datetime) -> None:
    say(amina, room, now=now)
    with CaptureQueriesContext(connection) as before:
        say(amina, room, now=now)
    for number in range(5):
        person = make_user(f"Voisin{number}")
        join(person, room, now=now)
        follow(person, room, now)
    with CaptureQueriesContext(connection) as after:
        say(amina, room, now=now)
    assert len(after) == len(before)


def test_the_look_is_one_query_while_all_is_quiet(room: Room, ben: User, now: datetime, django_assert_num_queries: Any) -> None:
    follow(ben, room, now)
    with django_assert_num_queries(1):
        assert find_talk(now=now) == 0
