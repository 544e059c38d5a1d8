"""The people of every test of the rooms: Amina and Ben are in `room`, Carol is the outsider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from accounts.tests.factories import make_user
from chat.enums import Role
from chat.models import Room
from chat.tests.factories import join, make_group, make_room
from chat.tests.screeners import Marker, marking


@pytest.fixture
def marker() -> Iterator[Marker]:
    """Rules whose answer stands in the text."""
    with marking() as marker:
        yield marker


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


@pytest.fixture
def carol() -> User:
    return make_user("Carol")


@pytest.fixture
def texts() -> None:
    """The texts to agree to, published."""
    call_command("load_legal", verbosity=0, stdout=StringIO())


@pytest.fixture
def room(amina: User, ben: User) -> Room:
    """An open room with Amina and Ben."""
    room = make_room()
    join(amina, room)
    join(ben, room)
    return room


@pytest.fixture
def group(amina: User, ben: User) -> Room:
    """Amina's group, with Ben."""
    group = make_group(amina)
    join(ben, group)
    group.refresh_from_db()
    return group


@pytest.fixture
def as_(client: Client) -> Callable[[User | None], Client]:
    """A browser logged in as somebody, or a guest's."""

    def log_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user)
        return browser

    return log_in


@pytest.fixture
def mod(room: Room) -> User:
    """Moderates `room`."""
    mod = make_user("Rado")
    join(mod, room, role=Role.MODERATOR)
    return mod
