"""Codes and links by letter, and how often one may try."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.enums import UserStatus
from accounts.models import LoginSession, User
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts", "places")]
NEW = "lakana-fotsy-kely-7"
VOA = {
    "username": "Voahangy",
    "email": "voahangy@example.org",
    "password1": PASSWORD,
    "country": "MG",
    "postal_code": "101",
    "age": "30",
    "charter": "on",
    "terms": "on",
}


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


def code_of(letter: str) -> str:
    found = re.search(r"\b[A-Z0-9]{3}-[A-Z0-9]{3}\b", letter)
    assert found, letter
    return found[0]


def last_code() -> str:
    return code_of(str(mail.outbox[-1].body))


def last_link() -> str:
    found = re.search(r"https?://[^/\s]+(/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def let_time_pass() -> None:
    """All counters forget."""
    cache.clear()


def confirm(browser: Client, code: str) -> None:
    browser.post("/confirm-email/", {"code": code, "action": "verify"})


def log_in(password: str, email: str = "dina@example.org") -> Client:
    browser = Client()
    browser.post("/login/", {"login": email, "password": password})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def set_password(browser: Client, link: str, password: str) -> None:
    form = browser.get(link, follow=True).redirect_chain[-1][0]
    browser.post(form, {"password1": password, "password2": password})


# ---- The code of sign-up ------------------------------------------------------------------------------------------------------


def test_the_letter_in_the_mail_folder_carries_the_code_that_opens_the_account(client: Client, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(settings.MAIL_DIR)
    client.post("/signup/", VOA)
    (file,) = Path(settings.MAIL_DIR).iterdir()
    letter = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = letter.get_body(("plain",))
    assert letter["To"] == "voahangy@example.org"
    assert body is not None
    confirm(client, code_of(body.get_content()))
    assert User.objects.get().status == UserStatus.ACTIVE
    assert is_in(client)


@pytest.mark.parametrize("typed", ["{lower}", "{bare}", "  {code} "])
def test_a_code_may_be_typed_as_hands_type(client: Client, typed: str) -> None:
    client.post("/signup/", VOA)
    code = last_code()
    confirm(client, typed.format(code=code, lower=code.lower(), bare=code.replace("-", "")))
    assert is_in(client)


@pytest.mark.parametrize("typed", ["", "AAA-AAA", "é" * 7, "x" * 500, "0"])
def test_anything_else_is_said_to_be_wrong_and_opens_nothing(client: Client, typed: str) -> None:
    client.post("/signup/", VOA)
    answer = client.post("/confirm-email/", {"code": typed})
    assert 'class="errorlist' in answer.content.decode()
    assert User.objects.get().status == UserStatus.PENDING_EMAIL
    confirm(client, last_code())  # one slip is forgiven
    assert is_in(client)


def test_a_code_opens_nothing_in_a_browser_that_did_not_ask_for_it(client: Client) -> None:
    client.post("/signup/", VOA)
    stranger = Client()
    answer = stranger.post("/confirm-email/", {"code": last_code()})
    assert answer["Location"].startswith("/login/")
    assert User.objects.get().status == UserStatus.PENDING_EMAIL


def test_a_code_is_worth_fifteen_minutes(client: Client) -> None:
    client.post("/signup/", VOA)
    session = client.session
    session["account_email_verification_code"] |= {"at": session["account_email_verification_code"]["at"] - 901}
    session.save()
    confirm(client, last_code())
    assert User.objects.get().status == UserStatus.PENDING_EMAIL


def test_a_new_code_makes_the_old_one_worthless(client: Client) -> None:
    client.post("/signup/", VOA)
    old = last_code()
    assert client.post("/confirm-email/", {"action": "resend"}).status_code == 429  # not within ten seconds
    let_time_pass()
    client.post("/confirm-email/", {"action": "resend"})
    assert len(mail.outbox) == 2
    confirm(client, old)
    assert User.objects.get().status == UserStatus.PENDING_EMAIL
    confirm(client, last_code())
    assert is_in(client)


def test_the_address_cannot_be_exchanged_while_it_waits(client: Client) -> None:
    client.post("/signup/", VOA)
    client.post("/confirm-email/", {"action": "change", "email": "autre@example.org"})
    assert User.objects.get().email == "voahangy@example.org"
    assert [letter.to for letter in mail.outbox] == [["voahangy@example.org"]]


def test_the_page_of_the_code_is_the_same_when_the_address_was_known(client: Client) -> None:
    make_user("Ravo", email="voahangy@example.org")
    client.post("/signup/", VOA)
    known = client.get("/confirm-email/").content.decode()
    fresh = Client()
    fresh.post("/signup/", VOA | {"username": "Bodo", "email": "bodo@example.org"})
    unknown = fresh.get("/confirm-email/").content.decode().replace("bodo@", "voahangy@")
    hidden = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert hidden.sub("", known) == hidden.sub("", unknown)
    wrong = client.post("/confirm-email/", {"code": "AAA-AAA"})
    assert "Ce code n’est pas le bon." in wrong.content.decode()


def test_who_waits_for_the_code_is_not_yet_a_member(client: Client) -> None:
    client.post("/signup/", VOA)
    assert client.get("/account/").status_code == 302
    assert client.get("/api/v1/me").status_code == 401
    assert LoginSession.objects.count() == 0


def test_another_day_the_password_brings_a_new_code(client: Client) -> None:
    client.post("/signup/", VOA)
    first = last_code()
    let_time_pass()
    later = log_in(PASSWORD, "voahangy@example.org")
    confirm(later, first)
    assert (len(mail.outbox), is_in(later)) == (2, False)
    confirm(later, last_code())
    assert is_in(later)


# ---- Passwords ----------------------------------------------------------------------------------------------------------------


def test_a_reset_password_opens_only_with_the_new_word_and_logs_nobody_in(client: Client, dina: User) -> None:
    client.post("/password/reset/", {"email": "DINA@example.org"})
    set_password(client, last_link(), NEW)
    assert not is_in(client)
    assert (is_in(log_in(PASSWORD)), is_in(log_in(NEW))) == (False, True)


def test_a_link_dies_when_the_password_changed_otherwise(client: Client, dina: User) -> None:
    client.post("/password/reset/", {"email": dina.email})
    link = last_link()
    dina.set_password(NEW)
    dina.save()
    assert 'name="password1"' not in client.get(link, follow=True).content.decode()


def test_the_form_of_a_link_is_of_the_browser_that_opened_it(client: Client, dina: User) -> None:
    client.post("/password/reset/", {"email": dina.email})
    form = client.get(last_link(), follow=True).redirect_chain[-1][0]
    Client().post(form, {"password1": NEW, "password2": NEW})
    assert not is_in(log_in(NEW))


def test_a_reset_in_a_browser_of_somebody_else_logs_them_out_and_changes_their_password_not(client: Client, dina: User, ben: User) -> None:
    client.force_login(ben)
    before = ben.password
    client.post("/password/reset/", {"email": dina.email})
    set_password(client, last_link(), NEW)
    ben.refresh_from_db()
    assert (is_in(client), ben.password, is_in(log_in(NEW))) == (False, before, True)


@pytest.mark.parametrize("weak", ["court", "motdepasse", "1234567890", "dina@example.org", "x" * 129])
def test_a_weak_word_is_refused_at_reset_and_change_alike(client: Client, dina: User, weak: str) -> None:
    client.post("/password/reset/", {"email": dina.email})
    set_password(client, last_link(), weak)
    browser = log_in(PASSWORD)
    browser.post("/password/change/", {"oldpassword": PASSWORD, "password1": weak, "password2": weak})
    dina.refresh_from_db()
    assert (dina.check_password(PASSWORD), dina.check_password(weak)) == (True, False)


def test_a_closed_account_gets_no_link_and_does_not_open(client: Client, dina: User) -> None:
    User.objects.filter(pk=dina.pk).update(status=UserStatus.CLOSED)
    client.post("/password/reset/", {"email": dina.email})
    assert not any("/password/reset/key/" in str(letter.body) for letter in mail.outbox)
    assert not is_in(log_in(PASSWORD))


def test_changing_the_password_needs_a_log_in(client: Client) -> None:
    assert client.post("/password/change/", {"oldpassword": "x", "password1": NEW, "password2": NEW})["Location"].startswith("/login/")


# ---- How often ----------------------------------------------------------------------------------------------------------------


def test_wrong_words_for_an_address_that_nobody_has_end_in_the_same_refusal(dina: User) -> None:
    endings = []
    for email in ("dina@example.org", "personne@example.org"):
        for _turn in range(5):
            log_in("pas-la-bonne-phrase", email)
        answer = Client().post("/login/", {"login": email, "password": "pas-la-bonne-phrase"}, REMOTE_ADDR="192.0.2.9")
        endings.append((answer.status_code, "Trop d’essais" in answer.content.decode()))
    assert endings == [endings[0], endings[0]]
    assert endings[0][1] is True


def test_one_account_shut_shuts_no_other(dina: User) -> None:
    make_user("Soa", password=PASSWORD)
    for _turn in range(6):
        log_in("pas-la-bonne-phrase")
    assert (is_in(log_in(PASSWORD)), is_in(log_in(PASSWORD, "soa@example.org"))) == (False, True)


def test_writing_the_address_otherwise_gives_no_more_tries(dina: User) -> None:
    for email in ("dina@example.org", "Dina@example.org", "DINA@EXAMPLE.ORG", " dina@example.org ", "dina@Example.Org"):
        log_in("pas-la-bonne-phrase", email)
    assert not is_in(log_in(PASSWORD))


def test_many_addresses_from_one_place_are_stopped_too(dina: User) -> None:
    for turn in range(10):
        log_in("pas-la-bonne-phrase", f"personne{turn}@example.org")
    assert not is_in(log_in(PASSWORD))
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    elsewhere.post("/login/", {"login": dina.email, "password": PASSWORD})
    assert is_in(elsewhere)


def test_who_proves_the_mailbox_comes_in_again_at_once(client: Client, dina: User) -> None:
    for _turn in range(6):
        log_in("pas-la-bonne-phrase")
    client.post("/password/reset/", {"email": dina.email})
    set_password(client, last_link(), NEW)
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    elsewhere.post("/login/", {"login": dina.email, "password": NEW})
    assert is_in(elsewhere)


def test_a_mailbox_is_not_flooded_with_links(dina: User) -> None:
    answers = [Client().post("/password/reset/", {"email": dina.email}).status_code for _turn in range(8)]
    assert (len(mail.outbox), answers[-1]) == (5, 429)


def test_the_wrong_old_password_does_not_try_for_ever(dina: User) -> None:
    browser = log_in(PASSWORD)
    for _turn in range(6):
        browser.post("/password/change/", {"oldpassword": "non", "password1": NEW, "password2": NEW})
    answer = browser.post("/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert answer.status_code == 429
    dina.refresh_from_db()
    assert dina.check_password(NEW) is False
