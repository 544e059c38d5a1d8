"""Who a session key belongs to: the same judgement as Django's own, whatever was done to session or account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import UserStatus
from accounts.models import User
from accounts.queries import find_logged_in
from accounts.tests.factories import make_user
from core.sessions import LOCKED_AT

pytestmark = pytest.mark.django_db


def log_in(user: User, **changed: str) -> SessionBase:
    session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.update(changed)
    session.save()
    return session


def judge(session: SessionBase) -> tuple[int | None, int | None]:
    """Ours, and Django's."""
    ours = find_logged_in(session_key=str(session.session_key), now=timezone.now())
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session.session_key)
    theirs = get_user(request)  # it gives a session of an older secret another key, so it comes last
    return (ours.pk if ours else None), theirs.pk


def test_a_session_in_use(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    amina = make_user("Amina")
    session = log_in(amina)
    assert judge(session) == (amina.pk, amina.pk)
    with django_assert_num_queries(2):
        found = find_logged_in(session_key=str(session.session_key), now=timezone.now())
    assert found is not None
    assert (found.public_id, found.status) == (amina.public_id, UserStatus.ACTIVE)


def _end_all(user: User) -> None:
    user.session_epoch += 1
    user.save()


def _change_password(user: User) -> None:
    user.set_password("another one, long enough")
    user.save()


def _close(user: User) -> None:
    user.status = UserStatus.CLOSED
    user.save()


@pytest.mark.parametrize("change", [_end_all, _change_password, _close, User.delete])
def test_what_ends_sessions(change: Callable[[User], object]) -> None:
    amina = make_user("Amina")
    session = log_in(amina)
    change(amina)
    assert judge(session) == (None, None)


@pytest.mark.parametrize(
    "forged",
    [
        {HASH_SESSION_KEY: ""},
        {HASH_SESSION_KEY: "0" * 64},
        {BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend"},
        {SESSION_KEY: "999999"},
    ],
)
def test_a_session_that_says_something_else(forged: dict[str, str]) -> None:
    assert judge(log_in(make_user("Amina"), **forged)) == (None, None)


def test_a_session_of_nobody_and_one_that_nobody_began() -> None:
    session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore()
    session["theme"] = "dark"
    session.save()
    assert judge(session) == (None, None)
    assert find_logged_in(session_key="a" * 32, now=timezone.now()) is None


def test_a_locked_session_is_nobodys_until_it_is_opened() -> None:
    session = log_in(make_user("Amina"))
    session[LOCKED_AT] = "2026-11-23T12:00:00.000Z"
    session.save()
    assert find_logged_in(session_key=str(session.session_key), now=timezone.now()) is None


def test_an_expired_session() -> None:
    session = log_in(make_user("Amina"))
    later = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE + 1)
    assert find_logged_in(session_key=str(session.session_key), now=later) is None


def test_a_changed_secret_logs_nobody_out(settings: Any) -> None:
    amina = make_user("Amina")
    session = log_in(amina)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret, fifty letters long, for this test only"
    assert judge(session) == (amina.pk, amina.pk)
    settings.SECRET_KEY_FALLBACKS = []
    assert judge(log_in(amina)) == (amina.pk, amina.pk)


def test_a_secret_that_nobody_trusts_any_more(settings: Any) -> None:
    session = log_in(make_user("Amina"))
    settings.SECRET_KEY = "another secret, fifty letters long, for this test only"
    assert judge(session) == (None, None)
