"""The people of the copy: Amina and Ben talk in a room, Carol is the outsider."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import User
from accounts.tests.factories import make_user
from chat.tests.factories import join, make_room


@pytest.fixture(autouse=True)
def _rules(rules: None) -> None:
    """What is past its time is told by the rules."""


@pytest.fixture
def carol(db: None) -> User:
    return make_user("Carol")


@pytest.fixture
def room(amina: User, ben: User) -> object:
    """An open room with Amina and Ben."""
    room = make_room()
    join(amina, room)
    join(ben, room)
    return room


@pytest.fixture
def places() -> None:
    """The postal codes that ship with the app."""
    call_command("load_postal", verbosity=0, stdout=StringIO())


@pytest.fixture
def texts() -> None:
    """The texts to agree to, published."""
    call_command("load_legal", verbosity=0, stdout=StringIO())
