"""Leaving in haste locks: whoever finds the device open, or keeps an old key, gets nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import LoginSession, User
from accounts.queries import list_sessions
from accounts.queries.visits import SESSION_PROOF
from accounts.services.locks import TRIES
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import make_user
from realtime import services as live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
OUTSIDE = "https://weather.example/today"
# What a locked session may open: the way back, the way out, help for everybody, and what browsers fetch by themselves.
OPEN = {"unlock", "leave", "account_logout"}
FOR_EVERYBODY = {"help", "victims", "safety", "rules", "legal", "legal_version", "contact", "how", "flaggers", "learn", "quiz", "lesson"}
FOR_EVERYBODY |= {"notice", "status", "appeal_status", "transparency", "transparency_year", "transparency_csv", "transparency_json"}
FOR_EVERYBODY |= {"data_use", "retention", "export_schemas", "export_schema", "certificate", "certificate_key"}
# By a signed link in a letter, which asks nobody who they are.
FOR_EVERYBODY |= {"unsubscribe", "resubscribe", "erasure", "erasure_file", "farewell"}
OF_BROWSERS = {"manifest", "offline", "service_worker", "favicon", "csp_report"}


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


@pytest.fixture
def browser(dina: User) -> Client:
    made = Client()
    made.post("/login/", {"login": dina.email, "password": PASSWORD})
    assert made.get("/account/").status_code == 200
    return made


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """The orders to close sockets."""
    orders: list[dict[str, object]] = []
    monkeypatch.setattr(live, "close_user", lambda **order: orders.append(order))
    return orders


def every_path() -> Iterator[tuple[str, str]]:
    """Name and an address of every route of the site, REST included."""

    def walk(items: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, str]]:
        for item in items:
            path = prefix + str(item.pattern)
            if isinstance(item, URLResolver):
                yield from walk(item.url_patterns, path)
            else:
                yield str(item.name), "/" + _filled(path)

    yield from walk(get_resolver().url_patterns, "")


def _filled(path: str) -> str:
    """A route with something in each of its places; a regular expression's marks are taken off."""
    out, depth = "", 0
    for sign in path.replace("^", "").replace("$", "").replace("\\Z", ""):
        depth += sign in "<(["
        if depth == 0:
            out += sign
        elif sign in ">)]" and depth == 1:
            out += "1"
        depth -= sign in ">)]"
    return out.replace("+", "").replace("\\", "").replace("?", "")


def test_the_walk_reaches_rooms_people_settings_rest_and_staff() -> None:
    paths = {path for _name, path in every_path()}
    assert {"/rooms/", "/rooms/1/", "/people/1/", "/account/", "/api/v1/me", "/admin/", "/age/start", "/api/v1/openapi.json"} <= paths
    assert len(paths) > 80


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_locked_session_gets_the_page_to_return_whatever_it_asks_for(browser: Client, dina: User, method: str) -> None:
    browser.post("/exit/")
    for name, path in every_path():
        if name in OPEN | FOR_EVERYBODY | OF_BROWSERS:
            continue
        answer = getattr(browser, method)(path)
        if path.startswith(("/api/", "/_allauth/")):
            assert (answer.status_code, answer.json()) == (423, {"code": "locked"}), path
        else:
            assert (answer.status_code, answer["Location"]) == (302, "/unlock/"), path
        as_json = getattr(browser, method)(path, headers={"Accept": "application/json"})
        assert as_json.status_code == 423, path


def test_what_stays_open_tells_nothing_of_whose_session_it_is(browser: Client, dina: User) -> None:
    browser.post("/exit/")
    paths = ["/unlock/", "/help/", "/help/victims/", "/safety/", "/rules/", "/contact/", "/offline/", "/manifest.webmanifest"]
    for path in [*paths, "/legal/data/", "/legal/retention/", "/privacy/schemas/", "/privacy/certificate/"]:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        text = answer.content.decode()
        assert not [word for word in ("Dina", dina.public_id, dina.email, "data-user", "/account/blocks/") if word in text], path


def test_the_password_opens_again_and_only_it(browser: Client, dina: User) -> None:
    browser.post("/exit/")
    for wrong in ("", "not-the-password", PASSWORD.upper()):
        answer = browser.post("/unlock/", {"password": wrong})
        assert answer.status_code == 422
        assert browser.get("/account/").status_code == 302
    opened = browser.post("/unlock/", {"password": PASSWORD})
    assert (opened.status_code, opened["Location"]) == (302, "/rooms/")
    assert browser.get("/account/").status_code == 200
    assert browser.get("/unlock/")["Location"] == "/rooms/"  # nothing is locked any more


def test_whoever_guesses_is_logged_out(browser: Client, dina: User) -> None:
    browser.post("/exit/")
    answers = [browser.post("/unlock/", {"password": f"guess {number}"}) for number in range(TRIES + 1)]
    assert [answer.status_code for answer in answers] == [422] * TRIES + [302]
    assert answers[-1]["Location"] == "/login/"
    assert "_auth_user_id" not in browser.session
    assert browser.post("/unlock/", {"password": PASSWORD})["Location"] == "/rooms/"  # a guest: the log-in page follows
    assert browser.get("/account/")["Location"].startswith("/login/")
    assert LoginSession.objects.filter(user=dina).count() == 0


def test_somebody_elses_password_does_not_open(browser: Client) -> None:
    make_user("Eva", password="another-voyage-27")
    browser.post("/exit/")
    assert browser.post("/unlock/", {"password": "another-voyage-27"}).status_code == 422


def test_a_request_on_its_way_cannot_write_its_unlocked_copy_back(browser: Client) -> None:
    on_its_way = browser.session
    on_its_way["seen"] = 1
    browser.post("/exit/")
    on_its_way.save()
    assert browser.session["seen"] == 1
    assert browser.get("/account/")["Location"] == "/unlock/"


def test_the_key_of_the_locked_session_is_worth_nothing_once_it_was_opened(browser: Client) -> None:
    browser.post("/exit/")
    old = str(browser.session.session_key)
    browser.post("/unlock/", {"password": PASSWORD})
    thief = Client()
    thief.cookies["sessionid"] = old
    assert thief.get("/account/")["Location"].startswith("/login/")
    assert not Session.objects.filter(session_key=old).exists()
    assert LoginSession.objects.filter(session_key=browser.session.session_key).count() == 1


def test_sockets_of_this_log_in_close_and_those_of_other_devices_stay(
    browser: Client, dina: User, closed: list[dict[str, object]], django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    key = browser.session.session_key
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        browser.post("/exit/")
    assert closed == [{"user": dina.public_id, "code": 4010, "session_key": key}]


def test_other_devices_stay_open_and_the_list_of_log_ins_keeps_its_line(browser: Client, dina: User) -> None:
    phone = Client()
    phone.post("/login/", {"login": dina.email, "password": PASSWORD})
    browser.post("/exit/")
    assert phone.get("/account/").status_code == 200
    key = browser.session.session_key or ""
    lines = list_sessions(user=dina, current_key=key, now=timezone.now())
    assert sorted(line.current for line in lines) == [False, True]


def test_the_other_device_can_end_the_locked_one(browser: Client, dina: User) -> None:
    phone = Client()
    phone.post("/login/", {"login": dina.email, "password": PASSWORD})
    browser.post("/exit/")
    row = LoginSession.objects.get(session_key=browser.session.session_key)
    phone.post(f"/account/sessions/{row.public_id}/end/")
    assert browser.get("/unlock/")["Location"] == "/rooms/"
    assert browser.get("/rooms/new/")["Location"].startswith("/login/")


def test_the_answer_leads_elsewhere_and_leaves_nothing_to_go_back_to(browser: Client, settings: LazySettings) -> None:
    settings.QUICK_EXIT_URL = OUTSIDE
    answer = browser.post("/exit/")
    assert (answer.status_code, answer["Refresh"]) == (200, f"0;url={OUTSIDE}")
    assert answer["Cache-Control"] == "no-store"
    assert answer["Clear-Site-Data"] == '"cache"'  # never "storage": it holds keys
    page = answer.content.decode()
    assert f'<a href="{OUTSIDE}" rel="noreferrer">' in page
    assert "Resaka" not in page
    assert "<script" not in page


def test_leaving_asks_for_no_token_because_a_page_may_be_old(dina: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(dina)
    assert strict.post("/exit/").status_code == 200
    assert strict.get("/account/")["Location"] == "/unlock/"
    assert strict.post("/unlock/", {"password": PASSWORD}).status_code == 403  # coming back does


def test_leaving_by_a_link_is_no_way_to_lock(browser: Client) -> None:
    assert browser.get("/exit/").status_code == 405
    assert browser.get("/account/").status_code == 200


def test_the_cookie_of_a_lost_beacon_locks_at_the_next_request(browser: Client) -> None:
    browser.cookies["away"] = "1"
    answer = browser.get("/rooms/")
    assert (answer.status_code, answer["Location"]) == (302, "/unlock/")
    assert answer.cookies["away"]["max-age"] == 0  # it has done its work
    assert browser.get("/account/")["Location"] == "/unlock/"
    assert browser.post("/unlock/", {"password": PASSWORD})["Location"] == "/rooms/"
    assert browser.get("/account/").status_code == 200


def test_a_guests_cookie_locks_nobody_later(dina: User) -> None:
    guest = Client()
    guest.cookies["away"] = "1"
    assert guest.get("/login/").cookies["away"]["max-age"] == 0
    guest.post("/login/", {"login": dina.email, "password": PASSWORD})
    assert guest.get("/account/").status_code == 200


def test_a_guest_who_leaves_is_sent_away_all_the_same() -> None:
    answer = Client().post("/exit/")
    assert (answer.status_code, "Refresh" in answer) == (200, True)
    assert Client().get("/unlock/")["Location"] == "/rooms/"


def test_the_age_shown_in_this_visit_is_forgotten(browser: Client) -> None:
    session = browser.session
    session[SESSION_PROOF] = {"method": "EU_AV_MDOC", "seen": (timezone.now() - timedelta(minutes=1)).isoformat()}
    session.save()
    browser.post("/exit/")
    assert SESSION_PROOF not in browser.session


def test_leaving_twice_changes_nothing(browser: Client) -> None:
    browser.post("/exit/")
    key = browser.session.session_key
    assert browser.post("/exit/").status_code == 200
    assert browser.session.session_key == key


def test_logging_out_is_possible_without_the_password(browser: Client) -> None:
    browser.post("/exit/")
    assert browser.post("/logout/").status_code == 302
    assert browser.get("/account/")["Location"].startswith("/login/")


@pytest.mark.parametrize("path", ["/rooms/", "/account/", "/account/profile/", "/safety/", "/help/", "/rules/", "/age/", "/nothing/"])
def test_the_button_stands_on_every_page_after_log_in(browser: Client, path: str, settings: LazySettings) -> None:
    settings.QUICK_EXIT_URL = OUTSIDE
    page = browser.get(path).content.decode()
    assert page.count(f'action="/exit/" data-exit="{OUTSIDE}"') == 1
    assert page.count("dist/app.js") + page.count("dist/plain.js") == 1  # the key works too


@pytest.mark.parametrize("path", ["/", "/login/", "/help/", "/safety/", "/nothing/"])
def test_guests_have_no_session_to_lock_and_no_script(path: str) -> None:
    page = Client().get(path).content.decode()
    assert ("data-exit" in page, "<script" in page) == (False, False)


def test_the_text_says_what_it_cannot_do(browser: Client) -> None:
    page = browser.get("/safety/").content.decode()
    assert "les pages vues avant restent dans l’historique" in page
    assert "logiciel espion" in page
