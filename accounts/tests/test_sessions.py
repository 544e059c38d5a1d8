"""Log-ins as their owner sees and ends them; nobody else's are ever touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import LoginSession, User
from accounts.queries import list_sessions
from accounts.services.people import ensure_password
from accounts.services.sessions import SessionNotFound, device_of, end_all_sessions, end_session, record_login
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.6723.91 Safari/537.36 secret-build-77"


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


def enter(agent: str = AGENT) -> Client:
    """A browser in which Dina typed her password."""
    browser = Client()
    browser.post("/login/", {"login": "dina@example.org", "password": PASSWORD}, headers={"User-Agent": agent})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def row_of(browser: Client) -> LoginSession:
    return LoginSession.objects.get(session_key=browser.session.session_key)


# ---- The list -----------------------------------------------------------------------------------------------------------------


def test_the_list_holds_ones_own_log_ins_and_marks_the_one_at_hand(dina: User, carol: User) -> None:
    here, there = enter(), enter("Mozilla/5.0 (X11; Linux) Firefox/130.0")
    record_login(user=carol, session_key="k" * 32, user_agent="Opera", now=timezone.now())
    lines = list_sessions(user=dina, current_key=here.session.session_key or "", now=timezone.now())
    assert {(line.device, line.current) for line in lines} == {("Chrome · Windows", True), ("Firefox · Linux", False)}
    page = here.get("/account/sessions/").content.decode()
    assert f"/account/sessions/{row_of(there).public_id}/end/" in page
    assert f"/account/sessions/{row_of(here).public_id}/end/" not in page  # that is what "log out" is for
    assert LoginSession.objects.get(user=carol).public_id not in page


def test_neither_keys_nor_details_of_the_browser_are_kept_or_shown(dina: User) -> None:
    here, there = enter(), enter()
    page = here.get("/account/sessions/").content.decode()
    for browser in (here, there):
        assert str(browser.session.session_key) not in page
    stored = str(list(LoginSession.objects.values_list()))
    for secret in ("130.0.6723.91", "secret-build-77", "127.0.0.1"):
        assert secret not in page + stored


def test_a_log_in_that_ended_by_itself_is_not_listed_and_is_forgotten_at_the_next_one(dina: User) -> None:
    here, there = enter(), enter()
    ended = row_of(there).pk
    Session.objects.filter(session_key=there.session.session_key).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert len(list_sessions(user=dina, current_key="", now=timezone.now())) == 1
    assert here.get("/account/sessions/").content.decode().count("Chrome · Windows") == 1
    enter()
    assert not LoginSession.objects.filter(pk=ended).exists()
    assert LoginSession.objects.filter(user=dina).count() == 2


def test_logging_in_again_in_one_browser_is_one_line(dina: User) -> None:
    for _twice in range(2):
        record_login(user=dina, session_key="k" * 32, user_agent=AGENT, now=timezone.now())
    assert LoginSession.objects.filter(user=dina).count() == 1


def test_the_page_and_its_forms_are_for_members(client: Client, dina: User) -> None:
    row = row_of(enter())
    assert client.get("/account/sessions/")["Location"] == "/login/?next=/account/sessions/"
    for path in (f"/account/sessions/{row.public_id}/end/", "/account/sessions/end/"):
        assert client.post(path)["Location"].startswith("/login/")
    assert LoginSession.objects.filter(user=dina).count() == 1


# ---- Ending one ---------------------------------------------------------------------------------------------------------------


def test_an_ended_log_in_leaves_no_session_behind(dina: User) -> None:
    here, there = enter(), enter()
    row = row_of(there)
    here.post(f"/account/sessions/{row.public_id}/end/")
    assert not Session.objects.filter(session_key=row.session_key).exists()
    assert (is_in(here), is_in(there)) == (True, False)
    assert here.post(f"/account/sessions/{row.public_id}/end/").status_code == 404  # it can end once


def test_ids_of_others_and_made_up_ones_look_the_same_and_end_nothing(dina: User, carol: User, as_: LogIn) -> None:
    victim, stranger = enter(), as_(carol)
    row = row_of(victim)
    foreign = stranger.post(f"/account/sessions/{row.public_id}/end/")
    made_up = stranger.post(f"/account/sessions/{'a' * 20}/end/")
    inward = stranger.post(f"/account/sessions/{row.pk}/end/")
    by_key = stranger.post(f"/account/sessions/{row.session_key}/end/")
    assert [answer.status_code for answer in (foreign, made_up, inward, by_key)] == [404] * 4
    assert row.device not in foreign.content.decode()
    assert is_in(victim)
    with pytest.raises(SessionNotFound):
        end_session(user=carol, public_id=row.public_id)


@pytest.mark.parametrize("path", ["/account/sessions/{}/end/", "/account/sessions/end/"])
def test_a_link_ends_nothing(dina: User, path: str) -> None:
    here, there = enter(), enter()
    assert here.get(path.format(row_of(there).public_id)).status_code == 405
    assert (is_in(here), is_in(there)) == (True, True)


# ---- Ending all ---------------------------------------------------------------------------------------------------------------


def test_out_everywhere_leaves_others_alone_and_keeps_one_line(dina: User, carol: User, as_: LogIn) -> None:
    here, there, stranger = enter(), enter(), as_(carol)
    here.post("/account/sessions/end/")
    assert (is_in(here), is_in(there), is_in(stranger)) == (True, False, True)
    lines = list_sessions(user=dina, current_key=here.session.session_key or "", now=timezone.now())
    assert [line.current for line in lines] == [True]


def test_out_everywhere_also_ends_a_session_that_no_list_knew(dina: User) -> None:
    here, unknown = enter(), enter()
    LoginSession.objects.filter(session_key=unknown.session.session_key).delete()
    here.post("/account/sessions/end/")
    assert not is_in(unknown)


def test_an_old_cookie_stays_worthless_after_the_next_log_in(dina: User) -> None:
    old = enter()
    end_all_sessions(user=dina)
    fresh = enter()
    assert (is_in(old), is_in(fresh)) == (False, True)


def test_a_script_with_an_ended_session_is_refused_too(dina: User) -> None:
    there = enter()
    assert there.get("/api/v1/me").status_code == 200
    end_all_sessions(user=dina)
    assert there.get("/api/v1/me").status_code == 401


def test_the_same_password_again_ends_nothing_and_another_ends_all(dina: User) -> None:
    browser = enter()
    ensure_password(user=dina, password=PASSWORD)
    assert is_in(browser)
    ensure_password(user=dina, password="lakana-fotsy-kely-7")
    assert not is_in(browser)


def test_a_new_secret_key_logs_nobody_out_while_the_old_one_is_named(dina: User, settings: LazySettings) -> None:
    seen, unseen = enter(), enter()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * 64
    assert is_in(seen)
    settings.SECRET_KEY_FALLBACKS = []
    assert (is_in(seen), is_in(unseen)) == (True, False)  # the first visit brought the session over


# ---- Devices ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("", ""),
        ("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36", "Samsung Internet · Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.0 Safari/605.1.15", "Safari · macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 Safari/537.36 OPR/115.0", "Opera · Linux"),
        ("x" * 5000, "x" * 20),
        ("<b>", ""),
    ],
)
def test_a_browser_is_its_family_and_its_system(agent: str, device: str) -> None:
    assert device_of(agent) == device
