"""Coming back with a passkey after leaving in haste: for who has no password, and beside it for who has one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from accounts.models import LoginSession, User
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import add_passkey, browser, confirm, enter, is_in, options_on
from accounts.tests.factories import make_user
from accounts.tests.passkeys import PRESENT, Device
from accounts.tests.test_factors import GARBAGE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
KEY_WRONG = "Cette clé d’accès n’a pas pu être vérifiée."


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


@pytest.fixture
def inside(dina: User) -> Client:
    return confirm(enter(dina))


@pytest.fixture
def device(inside: Client) -> Device:
    return add_passkey(inside)


def drop_password(user: User) -> None:
    """As for somebody who signed up with a passkey; their log-ins end by that, so this one comes before."""
    user.set_unusable_password()
    user.save(update_fields=["password"])


def come_in(device: Device) -> Client:
    """A browser in which the key logged in, and which then was left in haste."""
    client = browser()
    options = options_on(client.get("/2fa/webauthn/login/").content.decode())
    client.post("/2fa/webauthn/login/", {"credential": device.get(options)})
    assert is_in(client)
    client.post("/exit/")
    assert not is_in(client)
    return client


def page_of(client: Client) -> str:
    return client.get("/unlock/").content.decode()


def show(client: Client, device: Device) -> str:
    """Show the key; where that leads, or the page that refuses."""
    answer = client.post("/unlock/", {"credential": device.get(options_on(page_of(client)))})
    return answer["Location"] if answer.status_code == 302 else answer.content.decode()


def test_who_has_no_password_comes_back_with_the_key(dina: User, device: Device) -> None:
    drop_password(dina)
    client = come_in(device)
    page = page_of(client)
    assert 'name="password"' not in page
    assert "Montrez votre clé d’accès pour revenir." in page
    assert "demande JavaScript" in page  # nothing else would open here
    old = client.session.session_key
    assert show(client, device) == "/rooms/"
    assert is_in(client)
    assert client.session.session_key != old
    assert not Session.objects.filter(session_key=old).exists()
    assert LoginSession.objects.filter(session_key=client.session.session_key, user=dina).count() == 1
    assert Authenticator.objects.get(user=dina, type="webauthn").last_used_at is not None


def test_who_has_both_may_take_either(dina: User, device: Device) -> None:
    client = come_in(device)
    page = page_of(client)
    assert page.count('name="password"') == 1
    assert "Écrivez votre mot de passe ou montrez votre clé d’accès pour revenir." in page
    assert "demande JavaScript" not in page  # the password does not
    assert client.post("/unlock/", {"password": PASSWORD})["Location"] == "/rooms/"
    client.post("/exit/")
    assert show(client, device) == "/rooms/"
    assert is_in(client)


def test_who_has_no_key_is_offered_none_and_loads_no_script(dina: User) -> None:
    client = enter(dina)
    client.post("/exit/")
    page = page_of(client)
    assert ("data-passkey" in page, "<script" in page) == (False, False)
    assert 'name="password"' in page


def test_the_ceremony_tells_nothing_of_whose_session_it_is(dina: User, device: Device) -> None:
    client = come_in(device)
    page = page_of(client)
    public = options_on(page)["publicKey"]
    assert not public.get("allowCredentials")
    assert public["userVerification"] == "required"
    assert [word for word in ("Dina", dina.email, dina.public_id, device.handle + '"', "data-user") if word in page] == []


def test_somebody_elses_key_does_not_open(dina: User, device: Device) -> None:
    eva = make_user("Eva", email="eva@example.org", password=PASSWORD)
    foreign = add_passkey(confirm(enter(eva)))
    client = come_in(device)
    assert KEY_WRONG in show(client, foreign)
    foreign.handle = device.handle
    assert KEY_WRONG in show(client, foreign)
    assert not is_in(client)


def test_a_key_must_fit_in_everything(dina: User, device: Device) -> None:
    client = come_in(device)
    stale, fresh = options_on(page_of(client)), options_on(page_of(client))
    wrong = {
        "an old challenge": device.get(stale),
        "another key": Device(key_id=device.key_id, handle=device.handle).get(fresh),
        "an unknown key": Device(handle=device.handle).get(fresh),
    }
    for name, credential in wrong.items():
        answer = client.post("/unlock/", {"credential": credential})
        assert (answer.status_code, KEY_WRONG in answer.content.decode()) == (422, True), name
        assert answer["Cache-Control"] == "no-store"
        fresh = options_on(answer.content.decode())
    cache.clear()  # allauth counts the failures; that is the next test
    for name, odd in {
        "no finger, face or code": replace(device, flags=PRESENT),
        "another page": replace(device, origin="https://evil.example"),
        "another house": replace(device, host="evil.example"),
    }.items():
        assert KEY_WRONG in show(client, odd), name
    assert not is_in(client)


def test_after_five_keys_that_do_not_fit_none_is_looked_at(dina: User, device: Device) -> None:
    client = come_in(device)
    stranger = Device(handle=device.handle)
    assert [KEY_WRONG in show(client, stranger) for _try in range(5)] == [True] * 5
    assert "Trop d’essais." in show(client, device)
    assert not is_in(client)


def test_an_answer_is_good_once(dina: User, device: Device) -> None:
    client = come_in(device)
    credential = device.get(options_on(page_of(client)))
    assert client.post("/unlock/", {"credential": credential}).status_code == 302
    client.post("/exit/")
    assert client.post("/unlock/", {"credential": credential}).status_code == 422
    assert not is_in(client)


@pytest.mark.parametrize("garbage", GARBAGE)
def test_illegible_answers_are_refused_and_no_fault_of_ours(dina: User, device: Device, garbage: str) -> None:
    client = come_in(device)
    page_of(client)
    assert client.post("/unlock/", {"credential": garbage}).status_code == 422
    assert not is_in(client)


def test_a_key_opens_no_session_that_is_not_locked_and_no_guest(dina: User, device: Device, inside: Client) -> None:
    assert browser().post("/unlock/", {"credential": "{}"})["Location"] == "/rooms/"
    key = inside.session.session_key
    assert inside.post("/unlock/", {"credential": "{}"})["Location"] == "/rooms/"
    assert inside.session.session_key == key


def test_coming_back_is_no_step_up(dina: User, device: Device) -> None:
    """The page to return asks who it is, not whether they wish to change a sensitive setting."""
    client = come_in(device)
    assert show(client, device) == "/rooms/"
    asked = client.get("/2fa/webauthn/add/")
    assert asked.status_code == 302
    assert "/reauthenticate/" in asked["Location"]
