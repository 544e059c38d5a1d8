"""Who blocked whom sees nothing of the other; muting hides one way, and nobody is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import relations
from accounts.tests.factories import make_user
from chat.models import Room
from chat.queries.wire import read_log
from chat.services import marks, memberships
from chat.tests.factories import join, say

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def told(room: Room, amina: User, ben: User, now: datetime) -> Room:
    say(amina, room, "parole d’Amina", now=now)
    say(ben, room, "parole de Ben", now=now, reply_seq=1)
    marks.set_reaction(user=ben, room_public_id=room.public_id, seq=1, emoji="👍", on=True, now=now)
    return room


def seen(as_: LogIn, user: User, room: Room) -> set[str]:
    """Which of the two speak to this person on the page, over REST and in search."""
    browser = as_(user)
    page = browser.get(f"/rooms/{room.slug}/").content.decode()
    rest = " ".join(message["body"] for message in browser.get(f"/api/v1/rooms/{room.public_id}/messages").json()["messages"])
    found = browser.get(f"/rooms/{room.slug}/search/?q=parole").content.decode()
    log = str(browser.get(f"/api/v1/rooms/{room.public_id}/events").json()["events"])
    words = {"parole d’Amina", "parole de Ben"}
    views = [{word for word in words if word in text.replace("&#x27;", "’")} for text in (page, rest, found, log)]
    assert views[0] == views[1] == views[2] == views[3]
    return views[0]


def test_before_any_block_both_are_heard(told: Room, amina: User, ben: User, as_: LogIn) -> None:
    assert seen(as_, amina, told) == seen(as_, ben, told) == {"parole d’Amina", "parole de Ben"}


def test_a_block_works_both_ways(told: Room, amina: User, ben: User, as_: LogIn, now: datetime) -> None:
    relations.block_person(user=amina, person=ben, now=now)
    assert seen(as_, amina, told) == {"parole d’Amina"}
    assert seen(as_, ben, told) == {"parole de Ben"}
    relations.unblock_person(user=amina, person=ben)
    assert len(seen(as_, ben, told)) == 2


def test_muting_hides_one_way(told: Room, amina: User, ben: User, as_: LogIn, now: datetime) -> None:
    relations.mute_person(user=amina, person=ben, now=now)
    assert seen(as_, amina, told) == {"parole d’Amina"}
    assert len(seen(as_, ben, told)) == 2
    relations.unmute_person(user=amina, person=ben)
    assert len(seen(as_, amina, told)) == 2


def test_a_blocked_persons_events_are_holes_with_their_number(told: Room, amina: User, ben: User, as_: LogIn, now: datetime) -> None:
    relations.block_person(user=amina, person=ben, now=now)
    events = as_(amina).get(f"/api/v1/rooms/{told.public_id}/events").json()["events"]
    assert [event["seq"] for event in events] == [1, 2, 3]
    assert [sorted(event) for event in events[1:]] == [["k", "seq"], ["k", "seq"]]


def test_reactions_quotes_and_the_list_of_people_hide_them_too(told: Room, amina: User, ben: User, as_: LogIn, now: datetime) -> None:
    relations.block_person(user=ben, person=amina, now=now)
    message = as_(amina).get(f"/api/v1/rooms/{told.public_id}/messages/1").json()
    assert message["reactions"] == []
    names = [line["person"]["name"] for line in as_(amina).get(f"/api/v1/rooms/{told.public_id}/members").json()]
    assert names == ["Amina"]
    quoting = as_(ben).get(f"/api/v1/rooms/{told.public_id}/messages/2").json()
    assert quoting["reply"] == {"seq": 1, "name": "", "text": ""}


def test_their_messages_cannot_be_answered_or_touched(told: Room, amina: User, ben: User, as_: LogIn, now: datetime) -> None:
    relations.block_person(user=amina, person=ben, now=now)
    browser = as_(amina)
    assert browser.get(f"/rooms/{told.slug}/messages/2/").status_code == 410
    assert browser.put(f"/api/v1/rooms/{told.public_id}/messages/2/reactions/👍").status_code == 404
    answer = browser.post(
        f"/api/v1/rooms/{told.public_id}/messages",
        {"body": "réponse", "reply": 2},
        content_type="application/json",
        headers={"Idempotency-Key": "0b6f5c9e-9a0e-4d53-8f0f-7a9f3b0f2f11"},
    )
    assert answer.status_code == 404


def test_their_pages_are_not_found(amina: User, ben: User, carol: User, as_: LogIn, now: datetime) -> None:
    relations.block_person(user=amina, person=ben, now=now)
    assert as_(ben).get(f"/people/{amina.public_id}/").status_code == 404
    assert as_(amina).get(f"/people/{ben.public_id}/").status_code == 200  # to be able to unblock
    assert as_(carol).get(f"/people/{amina.public_id}/").status_code == 200


def test_what_a_moderator_does_to_a_hidden_person_is_a_hole(told: Room, amina: User, ben: User, as_: LogIn, now: datetime) -> None:
    """An exclusion names who was excluded: to those who block each other it must not."""
    mod = make_user("Modo1", reserved_name=True)
    join(mod, told, role="MODERATOR", now=now)
    relations.block_person(user=ben, person=amina, now=now)
    last = told_last(told)
    memberships.ban_member(user=mod, slug=told.slug, member_public_id=ben.public_id, reason="", now=now)
    url = f"/api/v1/rooms/{told.public_id}/events?after={last}"
    assert as_(amina).get(url).json()["events"] == [{"seq": last + 1, "k": "hole"}]
    assert as_(mod).get(url).json()["events"][0]["who"]["id"] == ben.public_id
    events = read_log(room_public_id=told.public_id, after=last, limit=10, now=now)
    assert [(event.actor, event.about) for event in events] == [(mod.public_id, ben.public_id)]
    page = as_(amina).get(f"/rooms/{told.slug}/").content.decode()
    assert "Ben" not in page


def told_last(room: Room) -> int:
    room.refresh_from_db()
    return room.last_seq
