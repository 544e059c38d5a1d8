"""Advice in a room stands beside the talk and holds nothing back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from accounts.services.tips import hide_tip
from chat.models import Room

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
TIP = re.compile(r'data-tip="(\w+)"( hidden)?>')


def tips(page: str) -> dict[str, bool]:
    """The tips of a page, and whether each waits for its moment."""
    return {name: bool(hidden) for name, hidden in TIP.findall(page)}


def test_the_first_post_has_its_advice_at_once_and_the_others_wait_for_their_moment(room: Room, amina: User, as_: LogIn) -> None:
    page = as_(amina).get(f"/rooms/{room.slug}/").content.decode()
    assert tips(page) == {"FIRST_POST": False, "LINK": True, "PHONE": True, "ADDRESS": True, "PHOTO": True}


def test_what_was_put_away_is_not_even_in_the_page(room: Room, amina: User, as_: LogIn) -> None:
    for name in ("FIRST_POST", "LINK", "PHONE", "ADDRESS", "PHOTO"):
        hide_tip(user=amina, tip=name)
    assert tips(as_(amina).get(f"/rooms/{room.slug}/").content.decode()) == {}


@pytest.mark.parametrize("body", ["034 12 345 67", "https://exemple.org", "12 rue de la Paix", "voahangy@exemple.org"])
def test_nothing_that_calls_for_advice_is_blocked(room: Room, amina: User, as_: LogIn, body: str) -> None:
    answer = as_(amina).post(f"/rooms/{room.slug}/messages/", {"body": body, "cid": "7d9f5e0a-3f0e-4b1c-9a55-0a8e4c1f2b33"})
    assert answer.status_code == 302
    assert body.split("//")[-1] in as_(amina).get(f"/rooms/{room.slug}/").content.decode()
