"""The people of the tests of moderation: Amina and Ben share `room`, Carol is the outsider; Mod, Sena and Abel are of the team."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import make_user
from chat.tests.factories import join, make_room
from moderation.enums import StaffRole
from moderation.models import StaffProfile
from moderation.tests.factories import make_staff_member

if TYPE_CHECKING:
    from chat.models import Room


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
def room(amina: User, ben: User) -> Room:
    room = make_room()
    join(amina, room)
    join(ben, room)
    return room


@pytest.fixture
def mod() -> StaffProfile:
    """Who decides."""
    return make_staff_member("Modo1", StaffRole.MODERATOR)


@pytest.fixture
def sena() -> StaffProfile:
    """A senior who hears appeals."""
    return make_staff_member("Modo2", StaffRole.SENIOR, StaffRole.APPEALS)


@pytest.fixture
def abel() -> StaffProfile:
    """Another moderator."""
    return make_staff_member("Modo3", StaffRole.MODERATOR)


@pytest.fixture
def lea() -> StaffProfile:
    """Of the legal desk."""
    return make_staff_member("Modo1", StaffRole.LEGAL_DESK)


@pytest.fixture
def sam() -> StaffProfile:
    """The other one of the legal desk."""
    return make_staff_member("Modo2", StaffRole.LEGAL_DESK)


@pytest.fixture
def senior() -> StaffProfile:
    """A senior who also decides."""
    return make_staff_member("Modo9", StaffRole.SENIOR, StaffRole.MODERATOR)


@pytest.fixture
def guards() -> list[StaffProfile]:
    """The two who look after children."""
    return [make_staff_member(name, StaffRole.CHILD_SAFETY) for name in ("Garde1", "Garde2")]


@pytest.fixture
def as_() -> Callable[[User], Client]:
    """A browser logged in as somebody."""

    def browser(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser


@pytest.fixture(autouse=True)
def _fresh_banks() -> None:
    """No test finds the hashes of another in memory."""
    from moderation.services.matching import forget_banks

    forget_banks()
