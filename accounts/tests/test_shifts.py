"""The team's sessions: eight hours, thirty minutes without a page; a member's go on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services.shifts import IDLE, SHIFT, keep_shift
from accounts.tests.factories import NOON, log_in_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mod() -> User:
    user = make_user("Modo1", reserved_name=True)
    user.is_staff = True
    user.save()
    return user


def age(client: Client, *, since: timedelta, seen: timedelta) -> None:
    session = client.session
    now = timezone.now().timestamp()
    session["shift_since"], session["shift_seen"] = now - since.total_seconds(), now - seen.total_seconds()
    session.save()


def test_work_goes_on_as_long_as_pages_are_opened_and_ends_after_eight_hours() -> None:
    session = SessionStore()
    moment = NOON
    while keep_shift(session=session, now=moment):
        moment += 29 * MINUTE
    assert SHIFT <= moment - NOON < SHIFT + IDLE


def test_thirty_minutes_without_a_page_are_the_end() -> None:
    session = SessionStore()
    assert keep_shift(session=session, now=NOON)
    assert keep_shift(session=session, now=NOON + IDLE - MINUTE)
    assert not keep_shift(session=session, now=NOON + 2 * IDLE - MINUTE)


def test_the_session_itself_ends_no_later(client: Client, mod: User) -> None:
    log_in_staff(client, mod)
    client.get("/account/")
    left = Session.objects.get(session_key=client.session.session_key).expire_date - timezone.now()
    assert IDLE - MINUTE < left <= IDLE
    age(client, since=SHIFT - 10 * MINUTE, seen=5 * MINUTE)
    client.get("/account/")
    left = Session.objects.get(session_key=client.session.session_key).expire_date - timezone.now()
    assert 9 * MINUTE < left <= 10 * MINUTE


def test_it_is_noted_once_a_minute() -> None:
    session = SessionStore()
    keep_shift(session=session, now=NOON)
    session.modified = False
    assert keep_shift(session=session, now=NOON + timedelta(seconds=59))
    assert not session.modified
    assert keep_shift(session=session, now=NOON + MINUTE)
    assert session.modified


@pytest.mark.parametrize(("since", "seen"), [(SHIFT, MINUTE), (IDLE, IDLE)])
def test_afterwards_the_next_page_is_log_in(client: Client, mod: User, since: timedelta, seen: timedelta) -> None:
    log_in_staff(client, mod)
    client.get("/account/")
    age(client, since=since, seen=seen)
    answer = client.get("/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/admin/")
    assert "huit heures" in client.get("/login/").content.decode()
    assert client.get("/account/").status_code == 302


def test_a_script_is_told_and_nothing_that_was_posted_comes_back(client: Client, mod: User) -> None:
    log_in_staff(client, mod)
    client.get("/account/")
    age(client, since=SHIFT, seen=MINUTE)
    refused = client.get("/api/v1/rooms")
    assert (refused.status_code, refused.json()) == (401, {"code": "login_required"})
    log_in_staff(client, mod)
    client.get("/account/")
    age(client, since=SHIFT, seen=MINUTE)
    assert client.post("/account/sessions/end/")["Location"] == "/login/?next=/"


def test_members_have_no_shift(client: Client, amina: User) -> None:
    client.force_login(amina)
    age(client, since=2 * SHIFT, seen=2 * IDLE)
    assert client.get("/account/").status_code == 200
    assert client.session.get_expiry_age() > SHIFT.total_seconds()
