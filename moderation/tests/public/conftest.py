"""The people of the pages: Amina reports, Ben is reported, Carol is a third member, Mod and Sena are of the team."""

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
def mod() -> StaffProfile:
    return make_staff_member("Modo1", StaffRole.MODERATOR)


@pytest.fixture
def sena() -> StaffProfile:
    return make_staff_member("Modo2", StaffRole.APPEALS, StaffRole.SENIOR)


@pytest.fixture
def room(amina: User, ben: User) -> Room:
    room = make_room()
    join(amina, room)
    join(ben, room)
    return room


@pytest.fixture
def as_() -> Callable[[User | None], Client]:
    """A browser logged in as somebody, or a guest's."""

    def log_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user)
        return browser

    return log_in
