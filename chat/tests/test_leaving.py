"""Who pauses or closes is gone from the room for those who stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services.closure import begin_closing, pause_account, resume_account
from chat.models import Room
from chat.tests.factories import say

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
WAYS: list[Callable[..., object]] = [pause_account, begin_closing]


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def members(as_: LogIn, viewer: User, room: Room) -> set[str]:
    """The people of the room as the API and the page list them."""
    browser = as_(viewer)
    listed = {member["person"]["name"] for member in browser.get(f"/api/v1/rooms/{room.public_id}/members").json()}
    page = browser.get(f"/rooms/{room.slug}/about/").content.decode()
    assert {name for name in ("Amina", "Ben") if f">{name}" in page or f" {name}" in page} >= listed - {"Carol"}
    return listed


@pytest.mark.parametrize("way", WAYS)
def test_they_are_no_longer_among_the_people_of_the_room(
    room: Room, amina: User, ben: User, as_: LogIn, now: datetime, way: Callable[..., object]
) -> None:
    assert members(as_, ben, room) == {"Amina", "Ben"}
    way(user=amina, now=now)
    assert members(as_, ben, room) == {"Ben"}
    assert f"/people/{amina.public_id}/" not in as_(ben).get(f"/rooms/{room.slug}/about/").content.decode()


def test_who_comes_back_from_a_pause_has_their_seat(room: Room, amina: User, ben: User, as_: LogIn, now: datetime) -> None:
    pause_account(user=amina, now=now)
    resume_account(user=amina, now=now)
    assert members(as_, ben, room) == {"Amina", "Ben"}
    assert say(amina, room, now=now).seq == 1


@pytest.mark.parametrize("way", WAYS)
def test_they_cannot_be_mentioned_nor_write(
    room: Room, amina: User, ben: User, as_: LogIn, now: datetime, way: Callable[..., object]
) -> None:
    way(user=amina, now=now)
    say(ben, room, "@Amina ?", now=now)
    log = as_(ben).get(f"/api/v1/rooms/{room.public_id}/messages").json()["messages"]
    assert [message["mentions"] for message in log] == [[]]
    with pytest.raises(LookupError):
        say(amina, room, now=now)


def test_words_of_who_closed_stand_without_a_name(room: Room, amina: User, ben: User, as_: LogIn, now: datetime) -> None:
    say(amina, room, "Misaotra", now=now)
    begin_closing(user=amina, now=now)
    browser = as_(ben)
    page = browser.get(f"/rooms/{room.slug}/").content.decode()
    assert "Misaotra" in page
    assert "Amina" not in page
    assert "Amina" not in browser.get(f"/api/v1/rooms/{room.public_id}/messages").content.decode()


def test_carol_outside_learns_nothing_either_way(room: Room, amina: User, carol: User, as_: LogIn, now: datetime) -> None:
    pause_account(user=amina, now=now)
    browser = as_(carol)
    assert browser.get(f"/people/{amina.public_id}/").status_code == 404
    assert "Amina" not in browser.get(f"/rooms/{room.slug}/about/").content.decode()
