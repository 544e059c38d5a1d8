"""The page of devices, and what its script sends: strictly read, with the token of the house, for nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import LoginSession, User
from accounts.services.sessions import record_login
from core.tests.moments import NOON
from notifications.models import PushSubscription
from notifications.tests.push.devices import FIREFOX, PushService, add_device, describe
from notifications.tests.push.test_offers import BAD
from notifications.transports.vapid import current_key

pytestmark = pytest.mark.django_db
PAGE = "/account/notifications/push/"


def enter(user: User, *, checked: bool = False) -> Client:
    """A browser of somebody who logged in with it, as the log-in page notes it."""
    browser = Client(enforce_csrf_checks=checked)
    browser.force_login(user)
    record_login(user=user, session_key=browser.session.session_key or "", user_agent=FIREFOX, now=NOON)
    return browser


def put(browser: Client, said: object, **headers: str) -> Any:
    raw = said if isinstance(said, bytes) else json.dumps(said)
    return browser.put(PAGE, raw, content_type="application/json", headers={"Accept": "application/json", **headers})


def ask(browser: Client) -> dict[str, str]:
    found: dict[str, str] = browser.get(PAGE, headers={"Accept": "application/json"}).json()
    return found


def test_a_page_offers_its_device_once(amina: User, service: PushService) -> None:
    browser = enter(amina)
    said = describe(service.add()[0])
    assert [put(browser, said).status_code for _each in range(2)] == [201, 204]
    assert PushSubscription.objects.get().user_id == amina.pk


def test_the_script_is_told_what_it_needs(amina: User, service: PushService) -> None:
    browser, key = enter(amina), current_key()
    assert key is not None
    told = ask(browser)
    assert told == {
        "key": key.public,
        "token": told["token"],
        "user": amina.public_id,
        "login": LoginSession.objects.get().public_id,
    }
    assert "no-store" in browser.get(PAGE, headers={"Accept": "application/json"}).headers["Cache-Control"]


def test_the_token_of_the_house_is_demanded(amina: User, service: PushService) -> None:
    browser = enter(amina, checked=True)
    said = describe(service.add()[0])
    assert put(browser, said).status_code == 403
    assert PushSubscription.objects.count() == 0
    token = ask(browser)["token"]
    assert put(browser, said, **{"X-CSRFToken": token}).status_code == 201
    raw = json.dumps({"endpoint": said["endpoint"]})
    assert browser.delete(PAGE, raw, content_type="application/json").status_code == 403
    assert PushSubscription.objects.count() == 1
    assert browser.delete(PAGE, raw, content_type="application/json", headers={"X-CSRFToken": token}).status_code == 204
    assert PushSubscription.objects.count() == 0


@pytest.mark.parametrize("endpoint", BAD)
def test_forty_bad_addresses_are_refused_and_nothing_is_stored_or_asked(amina: User, service: PushService, endpoint: str) -> None:
    answer = put(enter(amina), describe(service.add()[0], endpoint=endpoint))
    assert answer.status_code == 400
    assert answer.json()["code"] in {"address", "service"}
    assert (PushSubscription.objects.count(), service.requests) == (0, 0)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 4000, b"x" * 5000])
def test_nonsense_is_refused(amina: User, service: PushService, raw: bytes) -> None:
    browser = enter(amina)
    assert (put(browser, raw).status_code, put(browser, raw).json()) == (400, {"code": "malformed"})
    assert browser.delete(PAGE, raw, content_type="application/json").status_code == 400
    assert PushSubscription.objects.count() == 0


def test_a_session_that_is_on_no_list_keeps_nothing(amina: User, service: PushService) -> None:
    browser = Client()
    browser.force_login(amina)
    answer = put(browser, describe(service.add()[0]))
    assert (answer.status_code, answer.json(), ask(browser)["login"]) == (409, {"code": "no_login"}, "")


def test_what_was_taken_off_the_list_is_not_put_back_by_the_way(amina: User, service: PushService) -> None:
    browser = enter(amina)
    said = describe(service.add()[0])
    put(browser, said)
    assert put(browser, said, **{"If-Match": "*"}).status_code == 204
    public_id = PushSubscription.objects.get().public_id
    answer = browser.post(f"{PAGE}{public_id}/remove/", follow=True)
    assert "Cet appareil ne reçoit plus de notifications." in answer.content.decode()
    assert put(browser, said, **{"If-Match": "*"}).status_code == 412
    assert PushSubscription.objects.count() == 0
    assert put(browser, said).status_code == 201  # by a tap on the button, it is


def test_too_often(amina: User, service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.services.subscriptions.OFFERS_AN_HOUR", 1)
    browser = enter(amina)
    said = describe(service.add()[0])
    assert [put(browser, said).status_code for _each in range(2)] == [201, 429]


def test_guests_and_others_get_nowhere(amina: User, carol: User, service: PushService) -> None:
    row = add_device(amina, service)
    guest, other = Client(), enter(carol)
    assert guest.get(PAGE).headers["Location"].startswith("/login/")
    assert put(guest, describe(service.add()[0])).status_code == 401
    assert guest.get(PAGE, headers={"Accept": "application/json"}).status_code == 401
    assert other.post(f"{PAGE}{row.public_id}/remove/").status_code == 404
    page = other.get(PAGE).content.decode()
    assert row.public_id not in page
    assert "Firefox" not in page
    assert PushSubscription.objects.count() == 1


def test_the_page_lists_devices_and_says_what_is_shown(amina: User, service: PushService) -> None:
    browser = enter(amina)
    put(browser, describe(service.add()[0]))
    add_device(amina, service)
    page = browser.get(PAGE).content.decode()
    assert page.count("/remove/") == 2
    assert page.count("celui-ci") == 1
    assert "Firefox · Linux" in page
    assert "votre navigateur seul l’ouvre" in page
    for state in ("script", "off", "asking", "on", "refused", "denied", "ios", "unsupported", "service", "failed"):
        assert page.count(f'data-state="{state}"') == 1
    assert page.count(" hidden>") >= 9  # but what needs no script
    for address in ("wpush", service.entry):
        assert address not in page


def test_where_nothing_is_pushed_the_page_says_so(amina: User, settings: Any) -> None:
    settings.VAPID_KEYS, settings.PUSH_HOSTS = (), []
    page = enter(amina).get(PAGE).content.decode()
    assert "Ce site ne prévient pas les appareils." in page
    assert 'id="push"' not in page
    centre = enter(amina).get("/account/notifications/").content.decode()
    assert PAGE not in centre


def test_the_list_of_notices_offers_it_where_it_can_be_had(amina: User, service: PushService) -> None:
    page = enter(amina).get("/account/notifications/").content.decode()
    assert 'id="push-hint" hidden' in page
    assert f'href="{PAGE}"' in page


@pytest.mark.parametrize("method", ["post", "patch", "options"])
def test_other_methods(amina: User, service: PushService, method: str) -> None:
    assert getattr(enter(amina), method)(PAGE).status_code == 405


def test_the_page_takes_few_queries(amina: User, service: PushService, django_assert_max_num_queries: Any) -> None:
    browser = enter(amina)
    for _each in range(5):
        add_device(amina, service)
    browser.get(PAGE)
    with django_assert_max_num_queries(9):
        browser.get(PAGE)
