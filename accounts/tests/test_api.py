"""Oneself over REST."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Profile, User

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
JSON = "application/json"


def test_me(amina: User, as_: LogIn) -> None:
    me = as_(amina).get("/api/v1/me").json()
    assert (me["id"], me["name"], me["email"], me["language"]) == (amina.public_id, "Amina", "amina@example.org", "fr")
    assert "birth_year" not in me
    assert str(amina.pk) not in me.values()


def test_guests_have_no_self(client: Client) -> None:
    for method, path in (("GET", "/me"), ("PATCH", "/me"), ("PATCH", "/me/preferences"), ("GET", "/blocks")):
        assert client.generic(method, "/api/v1" + path, "{}", content_type=JSON).status_code == 401


def test_changing_some_leaves_the_rest(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    changed = browser.patch("/api/v1/me", {"bio": "Salama", "languages": ["mg"]}, content_type=JSON).json()
    assert (changed["bio"], changed["languages"], changed["name"]) == ("Salama", ["mg"], "Amina")
    looks = browser.patch("/api/v1/me/preferences", {"theme": "dark"}, content_type=JSON).json()
    assert (looks["theme"], looks["language"], looks["enter_sends"]) == ("dark", "fr", True)


@pytest.mark.parametrize(
    "body",
    [{"bio": "x" * 501}, {"languages": []}, {"languages": ["xx"]}, {"birth_year": 1950}, {"is_staff": True}, {"name": 1}, [], "x", None],
)
def test_what_may_not_be_said(amina: User, as_: LogIn, body: object) -> None:
    answer = as_(amina).patch("/api/v1/me", body, content_type=JSON)
    assert 400 <= answer.status_code < 500
    amina.refresh_from_db()
    profile = Profile.objects.get(user=amina)
    assert (amina.is_staff, profile.birth_year, profile.bio) == (False, 1990, "")


@pytest.mark.parametrize("name", ["x", "Ben", "Resaka", "no\u200bm"])
def test_names_follow_the_same_rules(amina: User, ben: User, as_: LogIn, name: str) -> None:
    answer = as_(amina).patch("/api/v1/me", {"name": name}, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "bad_name")
    assert ben.profile.pseudonym == "Ben"
