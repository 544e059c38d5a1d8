"""Coming in, going out, passwords forgotten and changed."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.enums import UserStatus
from accounts.models import LoginSession, User
from accounts.services.sessions import device_of
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import make_user
from core.models import OutboxEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
NEW = "lakana-fotsy-kely-7"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


def log_in(client: Client, email: str = "dina@example.org", password: str = PASSWORD, **fields: str) -> str:
    fields = {"login": email, "password": password} | fields
    return client.post("/login/", fields, follow=True, headers={"User-Agent": FIREFOX}).content.decode()


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_by_address_in_any_case_and_never_by_pseudonym(dina: User) -> None:
    for email, opens in (("DINA@Example.org", True), ("dina", False), ("Dina", False), ("", False)):
        client = Client()
        log_in(client, email)
        assert is_in(client) is opens


def test_the_wrong_word_says_the_same_for_known_and_unknown(dina: User) -> None:
    known = log_in(Client(), password="pas-la-bonne-phrase")
    unknown = log_in(Client(), email="personne@example.org")
    sentence = "L’adresse ou le mot de passe ne correspondent pas."
    assert (sentence in known, sentence in unknown) == (True, True)


def test_five_wrong_words_shut_the_door_for_a_while(dina: User) -> None:
    for _turn in range(6):
        log_in(Client(), password="pas-la-bonne-phrase")
    client = Client()
    assert "Trop d’essais" in log_in(client)
    assert not is_in(client)


def test_the_next_page_is_of_this_site(dina: User) -> None:
    client = Client()
    for foreign in ("//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"):
        answer = client.post("/login/", {"login": "dina@example.org", "password": PASSWORD, "next": foreign})
        assert answer.status_code == 302
        assert "evil" not in answer["Location"]
        assert "javascript" not in answer["Location"]
        client.post("/logout/")
    answer = client.post("/login/", {"login": "dina@example.org", "password": PASSWORD, "next": "/rooms/new/"})
    assert answer["Location"] == "/rooms/new/"


def test_staying_logged_in_is_a_choice(dina: User) -> None:
    short, long = Client(), Client()
    log_in(short)
    log_in(long, remember="on")
    assert short.session.get_expire_at_browser_close() is True
    assert long.session.get_expire_at_browser_close() is False


def test_a_paused_account_opens_at_the_next_log_in_and_not_before(dina: User) -> None:
    client = Client()
    log_in(client)
    User.objects.filter(pk=dina.pk).update(status=UserStatus.DEACTIVATED)
    assert not is_in(client)
    log_in(Client())
    assert is_in(client)


def test_logging_out_is_a_form_and_ends_the_session(dina: User) -> None:
    client = Client()
    log_in(client)
    key = client.session.session_key
    assert client.get("/logout/").status_code == 200
    assert is_in(client)
    client.post("/logout/")
    assert not is_in(client)
    assert not Session.objects.filter(session_key=key).exists()
    assert LoginSession.objects.count() == 0


# ---- Sessions -----------------------------------------------------------------------------------------------------------------


def test_the_list_shows_devices_and_ends_one_of_them(dina: User) -> None:
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    page = here.get("/account/sessions/").content.decode()
    assert page.count("<b>Firefox · Android") + page.count(">Firefox · Android") == 2
    other = LoginSession.objects.exclude(session_key=here.session.session_key).get()
    assert here.post(f"/account/sessions/{other.public_id}/end/").status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)


def test_nobody_ends_the_log_in_of_another(dina: User, carol: User) -> None:
    victim, stranger = Client(), Client()
    log_in(victim)
    stranger.force_login(carol)
    row = LoginSession.objects.get()
    assert stranger.post(f"/account/sessions/{row.public_id}/end/").status_code == 404
    assert is_in(victim)


@pytest.mark.parametrize(("including", "left"), [("", True), ("1", False)])
def test_out_everywhere(dina: User, including: str, left: bool) -> None:
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    here.post("/account/sessions/end/", {"including_this": including})
    assert (is_in(here), is_in(there)) == (left, False)


def test_only_family_and_system_of_a_browser_are_kept() -> None:
    assert device_of(FIREFOX) == "Firefox · Android"
    assert device_of("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605 Version/17.5 Mobile Safari/604.1") == "Safari · iPhone"
    assert device_of("curl/8.0 secret-token") == "curl"
    assert device_of("\x00<script>") == ""


# ---- Passwords ----------------------------------------------------------------------------------------------------------------


def link_in(letter: str) -> str:
    found = re.search(r"https?://[^/\s]+(/\S+)", letter)
    assert found, letter
    return found[1]


def test_a_forgotten_password_is_replaced_by_the_letters_link_once(dina: User) -> None:
    old = Client()
    log_in(old)
    client = Client()
    client.post("/password/reset/", {"email": "dina@example.org"})
    path = link_in(str(mail.outbox[0].body))
    form = client.get(path, follow=True)
    there = form.redirect_chain[-1][0]
    assert client.post(there, {"password1": "court"}).status_code in (200, 422)
    client.post(there, {"password1": NEW, "password2": NEW}, follow=True)
    assert not is_in(old)
    fresh = Client()
    log_in(fresh, password=NEW)
    assert is_in(fresh)
    again = Client().get(path, follow=True).content.decode()
    assert 'name="password1"' not in again


def test_asking_for_an_unknown_address_looks_the_same(dina: User) -> None:
    known = Client().post("/password/reset/", {"email": "dina@example.org"})
    unknown = Client().post("/password/reset/", {"email": "personne@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [letter.to for letter in mail.outbox] == [["dina@example.org"], ["personne@example.org"]]
    assert "Aucun compte" in str(mail.outbox[1].subject)


@pytest.mark.parametrize("path", ["/password/reset/key/1-abc/", "/password/reset/key/zzz-zzzz-zzzz/"])
def test_a_made_up_link_opens_no_form(path: str) -> None:
    assert 'name="password1"' not in Client().get(path, follow=True).content.decode()


def test_changing_the_password_asks_the_old_one_and_ends_the_other_log_ins(dina: User) -> None:
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    wrong = here.post("/password/change/", {"oldpassword": "non", "password1": NEW, "password2": NEW})
    assert wrong.status_code in (200, 422)
    here.post("/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert (is_in(here), is_in(there)) == (True, False)
    assert LoginSession.objects.filter(user=dina).count() == 1
    assert OutboxEvent.objects.filter(event="accounts.PasswordChanged").count() == 1


def test_the_letters_speak_the_readers_language() -> None:
    user = make_user("Soa", password=PASSWORD, language="en")
    Client().post("/password/reset/", {"email": user.email}, headers={"Accept-Language": "en"})
    assert "Choose another password" in str(mail.outbox[0].subject)
    assert timezone.now() > user.created_at
