"""The API for applications opens no way around: not around the form, the second factor, the step-up, the limits or the end of sessions."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.enums import UserStatus
from accounts.models import Consent, User
from accounts.services.locks import lock_session
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import add_passkey, add_totp, browser, code_of, confirm, enter, is_in
from accounts.tests.factories import make_user
from accounts.tests.passkeys import Device

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts", "places")]
NEW = "lakana-fotsy-kely-7"
GOOD: dict[str, Any] = {
    "username": "Voahangy",
    "email": "voahangy@example.org",
    "password": PASSWORD,
    "country": "MG",
    "postal_code": "101",
    "birth_date": "1990-05-17",
    "charter": True,
    "terms": True,
}


class App:
    """An application: it holds a token and no cookie."""

    def __init__(self) -> None:
        self.token = ""

    def send(self, method: str, where: str, **data: Any) -> tuple[int, dict[str, Any]]:
        headers = {"X-Session-Token": self.token} if self.token else {}
        body = json.dumps(data) if method != "GET" else ""
        answer = browser().generic(method, f"/_allauth/app/v1/{where}", body, content_type="application/json", headers=headers)
        said: dict[str, Any] = answer.json() if answer.content else {}
        self.token = said.get("meta", {}).get("session_token", self.token)
        return answer.status_code, said

    def is_in(self) -> bool:
        return self.send("GET", "auth/session")[0] == 200


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


@pytest.fixture
def app(dina: User) -> App:
    """Dina's application, in which she has just shown that it is her."""
    app = App()
    assert app.send("POST", "auth/login", email=dina.email, password=PASSWORD)[0] == 200
    assert app.send("POST", "auth/reauthenticate", password=PASSWORD)[0] == 200
    return app


def codes(said: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one.get("param", ""), one["code"]) for one in said["errors"]}


# ---- Sign-up ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ["app", "browser"])
def test_a_newcomer_comes_in_by_the_rules_of_the_form(root: str) -> None:
    client = Client()
    answer = client.post(f"/_allauth/{root}/v1/auth/signup", GOOD, content_type="application/json")
    assert answer.status_code == 401
    user = User.objects.get(email="voahangy@example.org")
    assert (user.status, user.profile.pseudonym, user.profile.birth_year) == (UserStatus.PENDING_EMAIL, "Voahangy", 1990)
    assert set(Consent.objects.filter(user=user).values_list("purpose", flat=True)) >= {"CHARTER", "TERMS"}
    assert user.profile.cell


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"charter": False}, {("charter", "required")}),
        ({"charter": None, "terms": None}, {("charter", "required"), ("terms", "required")}),
        ({"birth_date": None}, {("birth_date", "")}),
        ({"birth_date": ["1990-05-17"]}, {("birth_date", "")}),
        ({"username": "Modérateur"}, {("username", "")}),
        ({"username": "Аmina"}, {("username", "invalid")}),  # a Cyrillic letter among Latin ones
        ({"username": None}, {("username", "required")}),
        ({"password": "short"}, {("password", "password_too_short")}),
        ({"password": None}, {("password", "required")}),
        ({"password": "x" * 129}, {("password", "")}),
        ({"country": None}, {("country", "required")}),
        ({"postal_code": "99999"}, {("postal_code", "")}),
        ({"email": "no address"}, {("email", "invalid")}),
    ],
)
def test_what_the_form_refuses_the_api_refuses(changes: dict[str, Any], refused: set[tuple[str, str]]) -> None:
    fields = {name: value for name, value in (GOOD | changes).items() if value is not None}
    status, said = App().send("POST", "auth/signup", **fields)
    assert status == 400
    assert {param for param, _code in refused} <= {param for param, _code in codes(said)}
    assert {one for one in refused if one[1]} <= codes(said)
    assert User.objects.count() == 0


@pytest.mark.parametrize("where", ["auth/signup", "auth/webauthn/signup"])
@pytest.mark.parametrize("fields", [{}, {"email": "x@example.org", "username": "Xenia", "password": PASSWORD}])
def test_the_fields_of_allauths_own_form_are_not_enough(where: str, fields: dict[str, str]) -> None:
    status, said = App().send("POST", where, **fields)
    assert status == 400
    assert {("charter", "required"), ("terms", "required"), ("country", "required")} <= codes(said)
    assert User.objects.count() == 0


@pytest.mark.parametrize("answer", [{"birth_date": "2015-01-01"}, {"birth_date": None, "age": 17}, {"birth_date": None, "age": "12"}])
def test_a_minor_is_refused_with_nothing_kept_and_for_a_day_by_the_same_browser(answer: dict[str, Any]) -> None:
    client = Client()
    fields = {name: value for name, value in (GOOD | answer).items() if value is not None}
    for sent in (fields, GOOD):  # the second answer comes too late
        refused = client.post("/_allauth/browser/v1/auth/signup", sent, content_type="application/json")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "signup_refused")
    assert User.objects.count() == 0
    assert mail.outbox == []
    assert 'name="username"' not in client.get("/signup/").content.decode()  # the page of this browser is shut too


def test_a_known_address_and_a_new_one_get_the_same_answer(dina: User) -> None:
    known = App().send("POST", "auth/signup", **GOOD | {"email": dina.email, "username": "Autre"})
    fresh = App().send("POST", "auth/signup", **GOOD)
    for _status, said in (known, fresh):
        said["meta"].pop("session_token")
    assert known == fresh


def test_a_taken_name_is_refused(dina: User) -> None:
    status, said = App().send("POST", "auth/signup", **GOOD | {"username": "DINA"})
    assert (status, {param for param, _code in codes(said)}) == (400, {"username"})
    assert User.objects.count() == 1


def test_sign_up_by_passkey() -> None:
    app, device = App(), Device()
    fields = {name: value for name, value in GOOD.items() if name != "password"}
    assert app.send("POST", "auth/webauthn/signup", **fields)[0] == 401
    assert app.send("GET", "auth/webauthn/signup")[0] == 409  # the address comes first
    code = re.search(r"\b[A-Z0-9]{3}-[A-Z0-9]{3}\b", str(mail.outbox[-1].body))
    assert code
    app.send("POST", "auth/email/verify", key=code.group())
    assert not app.is_in()
    _status, said = app.send("GET", "auth/webauthn/signup")
    credential = json.loads(device.create(said["data"]["creation_options"]))
    assert app.send("PUT", "auth/webauthn/signup", name="Téléphone", credential=credential)[0] == 200
    user = User.objects.get()
    assert (user.status, user.has_usable_password()) == (UserStatus.ACTIVE, False)
    assert app.is_in()


# ---- Coming in ------------------------------------------------------------------------------------------------------------------


def test_the_second_factor_is_asked_here_too(dina: User, app: App) -> None:
    _status, said = app.send("GET", "account/authenticators/totp")
    secret = said["meta"]["secret"]
    assert app.send("POST", "account/authenticators/totp", code=code_of(secret))[0] == 200
    cache.clear()
    other = App()
    status, said = other.send("POST", "auth/login", email=dina.email, password=PASSWORD)
    assert (status, said["meta"]["is_authenticated"]) == (401, False)
    for where in ("account/authenticators", "account/email", "account/authenticators/recovery-codes"):
        assert other.send("GET", where)[0] == 401
    assert other.send("POST", "auth/2fa/authenticate", code="000000")[0] == 400
    assert other.send("POST", "auth/2fa/authenticate", code=code_of(secret))[0] == 200
    assert other.is_in()


def test_a_person_is_shown_by_their_outward_names(dina: User, app: App) -> None:
    user = app.send("GET", "auth/session")[1]["data"]["user"]
    assert user == {"id": dina.public_id, "display": "Dina", "email": "dina@example.org", "has_usable_password": True}


def test_a_made_up_and_an_ended_token_open_nothing(app: App) -> None:
    stranger = App()
    stranger.token = "x" * 32
    assert stranger.send("GET", "auth/session")[0] == 410
    token = app.token
    app.send("DELETE", "auth/session")
    stranger.token = token
    assert stranger.send("GET", "auth/session")[0] in (401, 410)


def test_a_session_left_in_haste_is_no_token(dina: User) -> None:
    client = enter(dina)
    app = App()
    app.token = str(client.session.session_key)
    assert app.is_in()
    lock_session(user=dina, session=client.session, now=timezone.now())
    assert not app.is_in()


def test_a_browser_session_without_a_choice_ends_with_the_browser(dina: User) -> None:
    client = browser()
    sent = {"email": dina.email, "password": PASSWORD}
    assert client.post("/_allauth/browser/v1/auth/login", sent, content_type="application/json").status_code == 200
    assert is_in(client)
    assert client.session.get_expire_at_browser_close()


def test_the_browsers_api_asks_for_the_csrf_token(dina: User) -> None:
    client = Client(enforce_csrf_checks=True)
    sent = {"email": dina.email, "password": PASSWORD}
    assert client.post("/_allauth/browser/v1/auth/login", sent, content_type="application/json").status_code == 403


# ---- Changes --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "where", "data"),
    [
        ("POST", "account/authenticators/recovery-codes", {}),
        ("GET", "account/authenticators/webauthn", {}),
        ("POST", "account/email", {"email": "autre@example.org"}),
        ("DELETE", "account/authenticators/totp", {}),
        ("GET", "account/authenticators/recovery-codes", {}),
    ],
)
def test_a_change_asks_who_is_there(dina: User, method: str, where: str, data: dict[str, str]) -> None:
    secret = add_totp(confirm(enter(dina)))
    app = App()
    app.send("POST", "auth/login", email=dina.email, password=PASSWORD)
    app.send("POST", "auth/2fa/authenticate", code=code_of(secret))
    status, said = app.send(method, where, **data)
    assert (status, said["meta"]["is_authenticated"]) == (401, True)
    assert {flow["id"] for flow in said["data"]["flows"]} == {"reauthenticate", "mfa_reauthenticate"}
    assert sorted(Authenticator.objects.filter(user=dina).values_list("type", flat=True)) == ["recovery_codes", "totp"]


def test_a_change_ends_the_others_and_gives_this_one_a_new_token(dina: User, app: App) -> None:
    page, old = enter(dina), app.token
    secret = app.send("GET", "account/authenticators/totp")[1]["meta"]["secret"]
    app.send("POST", "account/authenticators/totp", code=code_of(secret))
    assert app.token != old
    assert (app.is_in(), is_in(page)) == (True, False)
    stolen = App()
    stolen.token = old
    assert not stolen.is_in()


def test_a_new_password_too(dina: User, app: App) -> None:
    page, old = enter(dina), app.token
    assert app.send("POST", "account/password/change", current_password="pas-celle-ci-du-tout", new_password=NEW)[0] == 400
    assert app.send("POST", "account/password/change", current_password=PASSWORD, new_password=NEW)[0] == 200
    assert app.token != old
    assert (app.is_in(), is_in(page)) == (True, False)
    assert [row.session_key for row in dina.login_sessions.all()] == [app.token]


def test_a_first_password_is_not_set_by_who_has_only_logged_in(dina: User) -> None:
    device = add_passkey(confirm(enter(dina)))
    user = User.objects.get(pk=dina.pk)
    user.set_unusable_password()
    user.save()
    app = App()
    options = app.send("GET", "auth/webauthn/login")[1]["data"]["request_options"]
    assert app.send("POST", "auth/webauthn/login", credential=json.loads(device.get(options)))[0] == 200
    assert app.send("POST", "account/password/change", new_password=NEW)[0] == 401
    assert not User.objects.get(pk=dina.pk).has_usable_password()
    pk = Authenticator.objects.get(user=dina, type="webauthn").pk
    options = app.send("GET", "auth/webauthn/reauthenticate")[1]["data"]["request_options"]
    assert app.send("POST", "auth/webauthn/reauthenticate", credential=json.loads(device.get(options)))[0] == 200
    last = app.send("DELETE", "account/authenticators/webauthn", authenticators=[pk])
    assert (last[0], last[1]["errors"][0]["code"]) == (409, "last_way_in")
    assert app.send("POST", "account/password/change", new_password=NEW)[0] == 200
    assert app.send("DELETE", "account/authenticators/webauthn", authenticators=[pk])[0] == 200


def test_somebody_elses_key_is_neither_renamed_nor_removed(dina: User, ben: User, app: App) -> None:
    ben.set_password(PASSWORD)
    ben.save()
    add_passkey(confirm(enter(ben)))
    pk = Authenticator.objects.get(user=ben, type="webauthn").pk
    assert app.send("PUT", "account/authenticators/webauthn", id=pk, name="à moi")[0] == 400
    assert app.send("DELETE", "account/authenticators/webauthn", authenticators=[pk])[0] == 400
    assert Authenticator.objects.get(pk=pk).wrap().name == "Téléphone"


@pytest.mark.parametrize("credential", [None, 1, "x", [], {}, {"rawId": "AA"}, {"id": "AA", "rawId": "AA", "response": 1, "type": "x"}])
def test_garbage_for_a_key_is_refused(app: App, credential: object) -> None:
    app.send("GET", "account/authenticators/webauthn")
    assert app.send("POST", "account/authenticators/webauthn", name="x", credential=credential)[0] == 400
    assert app.send("POST", "auth/webauthn/reauthenticate", credential=credential)[0] == 400
    guest = App()
    guest.send("GET", "auth/webauthn/login")
    assert guest.send("POST", "auth/webauthn/login", credential=credential)[0] == 400


def test_a_key_before_its_time_and_brackets_without_end_are_refused(client: Client) -> None:
    assert App().send("PUT", "auth/webauthn/signup", name="x", credential={})[0] == 409
    for where in ("auth/login", "auth/signup", "auth/webauthn/login"):
        deep = client.post(f"/_allauth/app/v1/{where}", b"[" * 5000, content_type="application/json")
        assert (deep.status_code, deep.json()["errors"][0]["code"]) == (400, "invalid_json"), where


def test_there_are_no_telephones(app: App) -> None:
    for method in ("GET", "POST"):
        assert app.send(method, "account/phone", phone="+261341234567")[0] == 404


def test_there_is_no_specification_page(client: Client) -> None:
    for path in ("/_allauth/openapi.html", "/_allauth/openapi.json", "/_allauth/openapi.yaml"):
        assert client.get(path).status_code == 404
