"""Who may open the pages of accounts, where one lands afterwards, and that nobody is led to a foreign site."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory

from accounts.enums import UserStatus
from accounts.models import User
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import NOON, make_user
from accounts.views.back import back_url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]

PAGES = ["/account/", "/account/profile/", "/account/sessions/", "/account/blocks/", "/account/consents/", "/account/agree/"]
DEEDS = ["/account/sessions/end/", "/account/agree/later/", "/account/profile/", "/account/agree/"]
FOREIGN = [
    "//evil.example",
    "///evil.example",
    "////evil.example/%2e%2e",
    "https://evil.example/",
    "https:evil.example",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "\t//evil.example",
    "\x00//evil.example",
    "javascript:alert(1)",
    "data:text/html,evil.example",
]


# ---- Members only -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_a_guest_logs_in_first_and_then_sees_the_page_that_was_asked(client: Client, path: str) -> None:
    make_user("Dina", password=PASSWORD)
    asked = client.get(f"{path}?a=1&b=2")
    assert (asked.status_code, asked["Location"]) == (302, f"/login/?next={path}%3Fa%3D1%26b%3D2")
    answer = client.post(asked["Location"], {"login": "dina@example.org", "password": PASSWORD, "next": f"{path}?a=1&b=2"})
    assert answer["Location"] == f"{path}?a=1&b=2"


@pytest.mark.parametrize("path", DEEDS)
def test_a_guests_form_is_not_done_and_not_repeated_after_log_in(client: Client, path: str) -> None:
    answer = client.post(path, {"including_this": "1"})
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/")


@pytest.mark.parametrize("path", PAGES)
def test_a_script_without_a_session_gets_a_code_and_no_page(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (401, {"code": "login_required"})


@pytest.mark.parametrize("status", [UserStatus.PENDING_EMAIL, UserStatus.DEACTIVATED])
@pytest.mark.parametrize("path", PAGES)
def test_an_account_that_waits_or_pauses_opens_no_page_and_no_endpoint(amina: User, as_: LogIn, path: str, status: UserStatus) -> None:
    browser = as_(amina)
    User.objects.filter(pk=amina.pk).update(status=status)
    answer = browser.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/inactive/")
    assert browser.get("/inactive/").status_code == 200
    assert browser.get("/api/v1/me").status_code == 401


def test_the_session_of_an_account_that_closed_is_a_guests(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    User.objects.filter(pk=amina.pk).update(status=UserStatus.CLOSED)
    assert browser.get("/account/")["Location"].startswith("/login/")
    assert "amina" not in browser.get("/").content.decode().lower()


def test_an_account_without_a_profile_is_nobody_to_read_about(client: Client) -> None:
    root = User.objects.create(username="root", email="root@example.org", status=UserStatus.ACTIVE, created_at=NOON)
    client.force_login(root)
    assert client.get("/account/profile/").status_code == 404
    assert client.get("/api/v1/me").status_code == 404
    assert client.get(f"/people/{root.public_id}/").status_code == 404


# ---- Forgery ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/account/sessions/end/"),
        ("POST", "/account/profile/"),
        ("POST", "/account/preferences/"),
        ("POST", "/logout/"),
        ("PATCH", "/api/v1/me"),
        ("PATCH", "/api/v1/me/preferences"),
    ],
)
def test_a_foreign_page_can_change_nothing(amina: User, method: str, path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(amina)
    assert browser.generic(method, path, '{"bio": "x"}', content_type="application/json").status_code == 403
    assert browser.get("/account/").status_code == 200
    assert amina.profile.bio == ""


@pytest.mark.parametrize(("method", "deed"), [("POST", "/people/{}/block/"), ("PUT", "/api/v1/people/{}/block")])
def test_a_foreign_page_can_block_nobody(amina: User, ben: User, method: str, deed: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(amina)
    assert browser.generic(method, deed.format(ben.public_id)).status_code == 403
    assert amina.blocks_made.count() == 0


# ---- Back links ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("foreign", FOREIGN)
def test_no_form_sends_anybody_to_a_foreign_site(amina: User, ben: User, as_: LogIn, foreign: str) -> None:
    browser = as_(amina)
    person = f"/people/{ben.public_id}"
    forms = [f"{person}/block/", f"{person}/unblock/", f"{person}/mute/", f"{person}/unmute/", "/account/agree/later/", "/account/agree/"]
    for path in forms:
        in_form = browser.post(path, {"next": foreign})
        browser.post(f"{person}/block/")
        browser.post(f"{person}/mute/")  # so that both can be taken back once more
        in_address = browser.post(path, QUERY_STRING=f"next={foreign}")
        assert {in_form["Location"], in_address["Location"]} <= {"/account/", "/account/blocks/"}, path


@pytest.mark.parametrize("foreign", FOREIGN)
def test_neither_log_in_nor_log_out_nor_sign_up_leads_abroad(foreign: str) -> None:
    make_user("Dina", password=PASSWORD)
    browser = Client()
    answer = browser.post("/login/", {"login": "dina@example.org", "password": PASSWORD, "next": foreign})
    assert answer["Location"] == "/rooms/"
    assert browser.get("/login/", {"next": foreign})["Location"] == "/rooms/"
    assert browser.get("/signup/", {"next": foreign})["Location"] == "/rooms/"
    assert browser.post("/logout/", {"next": foreign})["Location"] == "/"


@pytest.mark.parametrize("path", ["//evil.example/account/", "//evil.example"])
def test_an_address_of_two_slashes_is_a_page_of_this_site_or_none(amina: User, as_: LogIn, path: str) -> None:
    for browser in (as_(None), as_(amina)):
        answer = browser.generic("GET", path)
        assert "evil.example" not in answer.get("Location", "")


@pytest.mark.parametrize("own", ["/rooms/", "/account/?a=1#b", "http://testserver/rooms/", "?tab=2"])
def test_addresses_of_this_site_are_kept(amina: User, ben: User, as_: LogIn, own: str) -> None:
    assert as_(amina).post(f"/people/{ben.public_id}/mute/", {"next": own})["Location"] == own


def test_over_https_nobody_is_led_back_to_http() -> None:
    request = RequestFactory().post("/", {"next": "http://testserver/rooms/"}, secure=True)
    assert back_url(request, "accounts:home") == "/account/"
    request = RequestFactory().post("/", {"next": "https://testserver/rooms/"}, secure=True)
    assert back_url(request, "accounts:home") == "https://testserver/rooms/"
