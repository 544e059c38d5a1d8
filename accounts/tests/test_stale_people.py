"""An account is read at the beginning of a request and written at its end; what was decided of it in between must stay.

So nobody writes the whole row back: each way of changing an account writes the columns that it means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from accounts.adapter import AccountAdapter
from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.closure import begin_closing, finish_closings
from accounts.services.people import ensure_password
from accounts.services.preferences import preferences_of, set_preferences
from accounts.services.suspension import suspend
from accounts.services.tips import hide_tip
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import add_passkey, add_totp, confirm, enter, is_in
from accounts.tests.factories import NOON, make_user
from accounts.tests.test_signup import code_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts", "places")]
NEW = "lakana-fotsy-kely-7"
DECIDED = {"barred", "silenced", "age_epoch", "session_epoch", "status"}
_UPDATE = re.compile(r'UPDATE ["`]accounts_user["`] SET (.*?)(?: WHERE |$)', re.DOTALL)
_COLUMN = re.compile(r'["`](\w+)["`] = ')


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


@contextmanager
def written() -> Iterator[list[set[str]]]:
    """The columns of each update of an account in the block."""
    found: list[set[str]] = []

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if (match := _UPDATE.match(sql)) is not None:
            found.append(set(_COLUMN.findall(match[1])))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield found


def decide(user: User) -> None:
    """What happens meanwhile in another process."""
    for kind in (SuspensionKind.SUSPENDED, SuspensionKind.POSTING_RESTRICTED):
        suspend(user=User.objects.get(pk=user.pk), kind=kind, decision_ref="D-1", reason="menaces", now=NOON)
    User.objects.filter(pk=user.pk).update(age_epoch=7)


def decided(user: User) -> tuple[bool, bool, int]:
    fresh = User.objects.get(pk=user.pk)
    return fresh.barred, fresh.silenced, fresh.age_epoch


def new_password(stale: User) -> None:
    AccountAdapter().set_password(stale, NEW)


def other_preferences(stale: User) -> None:
    set_preferences(user=stale, preferences=preferences_of(stale))


def other_tip(stale: User) -> None:
    hide_tip(user=stale, tip="LINK")


def other_address(stale: User) -> None:
    stale.emailaddress_set.get().set_as_primary()  # type: ignore[attr-defined]


def given_password(stale: User) -> None:
    ensure_password(user=stale, password=NEW)


def closed(stale: User) -> None:
    closes_at = begin_closing(user=stale, now=NOON)
    assert finish_closings(now=closes_at) == 1


@pytest.mark.parametrize("deed", [new_password, other_preferences, other_tip, other_address, given_password, closed])
def test_what_was_decided_meanwhile_outlives_a_write_of_an_older_object(dina: User, deed: Callable[[User], None]) -> None:
    stale = User.objects.get(pk=dina.pk)
    decide(dina)
    assert (stale.barred, stale.silenced, stale.age_epoch) == (False, False, 0)
    with written() as columns:
        deed(stale)
    assert columns != []
    assert decided(dina) == (True, True, 7)


def test_a_new_password_is_written_and_ends_the_sessions_of_an_older_object_too(dina: User) -> None:
    client, stale = enter(dina), User.objects.get(pk=dina.pk)
    User.objects.filter(pk=dina.pk).update(session_epoch=5)
    new_password(stale)
    fresh = User.objects.get(pk=dina.pk)
    assert (fresh.check_password(NEW), fresh.session_epoch) == (True, 6)
    assert not is_in(client)


def test_no_page_writes_the_whole_account(dina: User) -> None:
    """The walk of a person through everything that changes an account, allauth's pages included."""
    with written() as columns:
        client = confirm(enter(dina))
        client.post("/account/preferences/", {"language": "mg", "theme": "dark"})
        client.post("/account/profile/", {"pseudonym": "Dinah", "languages": "fr", "country": "MG", "postal_code": "101"})
        client.post("/account/tips/link/hide/")
        change_address(client)
        add_totp(client)
        add_passkey(client)
        client.post("/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
        client.post("/exit/")
        client.post("/unlock/", {"password": NEW})
        reset_password()
    assert {"password"} in columns
    assert {"email"} in columns
    assert {"username", "jurisdiction"} in columns
    whole = [sorted(names) for names in columns if names & DECIDED and len(names) > 1]
    assert whole == []


def change_address(client: Client) -> None:
    client.post("/email/", {"action_add": "", "email": "dina2@example.org"})
    client.post("/confirm-email/", {"code": code_in(str(mail.outbox[-1].body))})
    client.post("/email/", {"action_primary": "", "email": "dina2@example.org"})


def reset_password() -> None:
    stranger = Client()
    stranger.post("/password/reset/", {"email": "dina2@example.org"})
    found = re.search(r"/password/reset/key/\S+", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    answer = stranger.get(found.group(), follow=True)
    stranger.post(answer.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.get(username="dinah").check_password(PASSWORD)
