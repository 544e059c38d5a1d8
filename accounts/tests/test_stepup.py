"""At an open screen a stranger changes nothing: password, addresses and second factors ask once more who is there."""

from __future__ import annotations

import json
import time
from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts.decorators import AuthenticatedRequest, step_up_required
from accounts.models import User
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import add_passkey, add_totp, code_of, confirm, enter, options_on
from accounts.tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
RECORDS = "account_authentication_methods"
ASKS = {
    "/2fa/totp/activate/": {"code": "123456"},
    "/2fa/recovery-codes/generate/": {},
    "/2fa/webauthn/add/": {"credential": "{}"},
    "/email/": {"action_add": "1", "email": "autre@example.org"},
}


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


def later(client: Client, seconds: int) -> None:
    """Time goes by after the last proof."""
    session = client.session
    session[RECORDS] = [one | {"at": one["at"] - seconds} for one in session[RECORDS]]
    session.save()


@pytest.mark.parametrize("path", list(ASKS))
def test_who_has_only_logged_in_is_asked(dina: User, path: str) -> None:
    client = enter(dina)
    answer = client.post(path, ASKS[path])
    assert (answer.status_code, unquote(answer["Location"])) == (302, f"/reauthenticate/?next={path}")
    assert Authenticator.objects.filter(user=dina).count() == 0
    assert list(dina.emailaddress_set.values_list("email", flat=True)) == ["dina@example.org"]  # type: ignore[attr-defined]


def test_five_minutes_later_one_is_asked_again(dina: User) -> None:
    client = confirm(enter(dina))
    later(client, 299)
    assert client.get("/2fa/totp/activate/").status_code == 200
    later(client, 1)
    assert client.get("/2fa/totp/activate/")["Location"].startswith("/reauthenticate/")


def test_what_was_asked_for_goes_on_after_the_proof(dina: User) -> None:
    client = enter(dina)
    asked = client.post("/email/", {"action_add": "1", "email": "autre@example.org"})
    refused = client.post(asked["Location"], {"password": "pas-la-bonne-phrase"})
    assert "Ce mot de passe n’est pas le bon." in refused.content.decode()
    client.post(asked["Location"], {"password": PASSWORD, "next": "/email/"})
    assert "autre@example.org" in client.get("/confirm-email/").content.decode()


def test_a_factor_is_not_taken_off_by_who_has_only_logged_in(dina: User) -> None:
    client = confirm(enter(dina))
    secret = add_totp(client)
    key = add_passkey(client)
    other = enter(dina)
    other.post("/2fa/authenticate/", {"code": code_of(secret)})
    pk = Authenticator.objects.get(user=dina, type="webauthn").pk
    for path in ("/2fa/totp/deactivate/", f"/2fa/webauthn/keys/{pk}/remove/", f"/2fa/webauthn/keys/{pk}/edit/", "/2fa/recovery-codes/"):
        answer = other.post(path) if path != "/2fa/recovery-codes/" else other.get(path)
        assert answer["Location"].startswith("/reauthenticate/?next="), path
    assert Authenticator.objects.filter(user=dina).count() == 3
    options = options_on(other.get("/2fa/webauthn/reauthenticate/").content.decode())
    other.post("/2fa/webauthn/reauthenticate/", {"credential": key.get(options)})
    assert other.get("/2fa/totp/deactivate/").status_code == 200  # a key is as good as the password


def test_a_code_is_a_proof_and_the_page_offers_the_others(dina: User) -> None:
    client = confirm(enter(dina))
    secret = add_totp(client)
    other = enter(dina)
    other.post("/2fa/authenticate/", {"code": code_of(secret)})
    page = other.get("/reauthenticate/?next=/2fa/").content.decode()
    assert 'href="/2fa/reauthenticate/?next=' in page
    assert "Avec un code" in page
    assert "Ce code n’est pas le bon." in other.post("/2fa/reauthenticate/", {"code": "000000"}).content.decode()
    assert other.get("/2fa/totp/deactivate/")["Location"].startswith("/reauthenticate/")
    other.post("/2fa/reauthenticate/", {"code": code_of(secret, shift=1)})
    assert other.get("/2fa/totp/deactivate/").status_code == 200


def test_a_password_is_changed_by_who_knows_the_present_one(dina: User) -> None:
    client = enter(dina)
    new = "lakana-fotsy-kely-7"
    client.post("/password/change/", {"oldpassword": "pas-la-bonne-phrase", "password1": new, "password2": new})
    assert User.objects.get(pk=dina.pk).check_password(PASSWORD)


# ---- The decorator --------------------------------------------------------------------------------------------------------------


@step_up_required
def sensitive(request: AuthenticatedRequest) -> HttpResponse:
    return HttpResponse("fait")


def call(user: User | AnonymousUser, *, minutes_ago: float | None, **headers: str) -> HttpResponse:
    request = RequestFactory().post("/x/", headers=headers)
    request.session, request.user = SessionStore(), user
    if minutes_ago is not None:
        at = time.time() - minutes_ago * 60
        request.session[RECORDS] = [{"method": "password", "at": at, "reauthenticated": True}]
        request.session["account_authentication_methods_user"] = str(user.pk)
    answer = sensitive(request)  # type: ignore[arg-type]
    assert isinstance(answer, HttpResponse)
    return answer


def test_a_fresh_proof_lets_through_and_a_script_is_told_in_its_own_words(dina: User) -> None:
    assert call(dina, minutes_ago=4.9).content == b"fait"
    for minutes in (None, 5.1):
        refused = call(dina, minutes_ago=minutes, Accept="application/json")
        assert (refused.status_code, json.loads(refused.content)) == (401, {"code": "reauthentication_required"})


def test_a_proof_of_somebody_else_is_none(dina: User, carol: User) -> None:
    carol.set_password(PASSWORD)
    request = RequestFactory().post("/x/", headers={"Accept": "application/json"})
    request.session, request.user = SessionStore(), carol
    request.session[RECORDS] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    request.session["account_authentication_methods_user"] = str(dina.pk)
    assert sensitive(request).status_code == 401  # type: ignore[arg-type]
