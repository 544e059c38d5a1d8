"""Ben, who has left something everywhere; Amina, who was in his rooms; Carol, who has nothing to do with either and keeps all of hers."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import NOON, make_user
from chat.tests.factories import join, make_room, say
from privacy.enums import RequestKind
from privacy.models import DataRequest
from privacy.services.requests import ask
from privacy.tests.erasure.world import fill


@pytest.fixture
def carol(db: None) -> User:
    """In a room of her own, and with words of her own."""
    carol = make_user("Carol")
    place = make_room("chez-carol")
    join(carol, place)
    say(carol, place, "Carol parle seule")
    return carol


@pytest.fixture
def room(amina: User) -> Any:
    room = make_room()
    join(amina, room)
    return room


@pytest.fixture
def full(ben: User, amina: User, room: Any, carol: User, rules: None) -> User:
    """Ben, in a house where everybody has said something."""
    fill(ben, amina, room)
    return ben


@pytest.fixture
def asked(full: User) -> DataRequest:
    """His request, an instant ago."""
    return ask(user=full, kind=RequestKind.ERASURE, now=NOON)
