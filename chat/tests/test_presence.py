"""Presence over the socket's `sub`: in the rooms that are on the screen, and nowhere for those who hide it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.utils import timezone

from accounts.models import User
from chat.commands import subscribe
from chat.events import room_topic
from chat.models import Room
from chat.tests.factories import join, make_room

pytestmark = pytest.mark.django_db
T = TypeVar("T")


class FakeContext:
    """A socket's side of a command; writes down what the command wants of it."""

    def __init__(self, user: User) -> None:
        self.user_id, self.user_public_id = user.pk, user.public_id
        self.shown: frozenset[str] | None = None
        self.heard: dict[str, bool] = {}

    session_key = ""

    def now(self) -> datetime:
        return timezone.now()

    async def run(self, function: Callable[[], T]) -> T:
        return await sync_to_async(function)()

    async def subscribe(self, *, topic: str, visible: bool, **rest: Any) -> None:
        self.heard[topic] = visible

    async def show(self, *, topics: frozenset[str]) -> None:
        self.shown = topics

    async def unsubscribe(self, *, topic: str) -> None:
        raise AssertionError(topic)


def sub(user: User, **frame: Any) -> FakeContext:
    context = FakeContext(user)
    answer = async_to_sync(subscribe)(context, {"t": "sub", **frame})
    assert answer["t"] == "ok"
    return context


@pytest.fixture
def other(amina: User) -> Room:
    other = make_room("parents")
    join(amina, other)
    return other


def test_a_client_that_does_not_say_what_it_shows_leaves_it_open(amina: User, room: Room) -> None:
    context = sub(amina, rooms={room.public_id: 0})
    assert (context.shown, context.heard) == (None, {room_topic(room.public_id): True})


def test_only_the_room_on_the_screen_is_shown(amina: User, room: Room, other: Room) -> None:
    context = sub(amina, rooms={room.public_id: 0, other.public_id: 0}, here=[other.public_id])
    assert context.shown == frozenset({room_topic(other.public_id)})
    assert set(context.heard) == {room_topic(room.public_id), room_topic(other.public_id)}


def test_a_hidden_page_shows_nothing(amina: User, room: Room) -> None:
    assert sub(amina, rooms={}, here=[]).shown == frozenset()


def test_who_hides_their_presence_is_nowhere(amina: User, room: Room) -> None:
    amina.hide_presence = True
    amina.save()
    context = sub(amina, rooms={room.public_id: 0}, here=[room.public_id])
    assert (context.shown, context.heard) == (frozenset(), {room_topic(room.public_id): False})
