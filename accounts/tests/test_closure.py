"""Pause and close: invisible at once, a way back in time, nothing left that no law keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.enums import SuspensionKind, UserStatus
from accounts.models import AgeAssertion, CivilIdentity, Consent, DeviceMark, LoginSession, Profile, PseudonymHistory, User
from accounts.queries import find_person, find_user, get_person_ref, list_people, list_people_by_names, list_present_people
from accounts.services.closure import NotOpen, begin_closing, finish_closings, keep_account, pause_account, resume_account
from accounts.services.pseudonyms import PseudonymTaken, check_pseudonym
from accounts.services.relations import block_person
from accounts.services.suspension import suspend
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import NOON, make_user
from accounts.tests.overhearing import closed_sockets, overhear
from core import audit
from core.models import AuditEntry
from core.tests.moments import day_in_french

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]
END = NOON + timedelta(days=14)


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD, bio="Je tisse du raphia")


def enter() -> Client:
    """A browser in which Dina typed her password a moment ago."""
    browser = Client()
    browser.post("/login/", {"login": "dina@example.org", "password": PASSWORD})
    return browser


def sure() -> Client:
    """The same, who has typed it once more because the page asked."""
    browser = enter()
    assert browser.get("/account/close/")["Location"].startswith("/reauthenticate/")
    browser.post("/reauthenticate/?next=/account/close/", {"password": PASSWORD})
    return browser


def status_of(user: User) -> str:
    user.refresh_from_db()
    return user.status


def leave(user: User, how: str) -> None:
    if how == "pause":
        pause_account(user=user, now=NOON)
    else:
        begin_closing(user=user, now=NOON)


# ---- Invisible ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["pause", "close"])
def test_nobody_finds_who_has_left(dina: User, ben: User, carol: User, as_: LogIn, how: str) -> None:
    seen = find_person(viewer=ben, public_id=dina.public_id, now=NOON)
    assert seen is not None
    assert seen.bio == "Je tisse du raphia"
    leave(dina, how)
    for viewer in (ben, carol):
        assert find_person(viewer=viewer, public_id=dina.public_id, now=NOON) is None
        assert as_(viewer).get(f"/people/{dina.public_id}/").status_code == 404
        assert as_(viewer).put(f"/api/v1/people/{dina.public_id}/block").status_code == 404
    assert list_people_by_names(names=["Dina"]) == []
    assert list_present_people(user_ids=[dina.pk, ben.pk]).keys() == {ben.pk}


def test_past_words_keep_the_name_of_who_pauses_and_lose_it_with_who_closes(dina: User) -> None:
    pause_account(user=dina, now=NOON)
    assert list_people(user_ids=[dina.pk])[dina.pk].name == "Dina"
    resume_account(user=dina, now=NOON)
    begin_closing(user=dina, now=NOON)
    assert list_people(user_ids=[dina.pk]) == {}
    assert find_user(public_id=dina.public_id) is None


@pytest.mark.parametrize("how", ["pause", "close"])
def test_every_session_ends(dina: User, ben: User, as_: LogIn, how: str) -> None:
    browser, other = enter(), as_(ben)
    leave(dina, how)
    assert browser.get("/account/")["Location"].startswith("/login/")
    assert browser.get("/api/v1/me").status_code == 401
    assert LoginSession.objects.filter(user=dina).count() == 0
    assert other.get("/account/").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["pause", "close"])
def test_every_socket_is_closed(how: str) -> None:
    dina, ben = make_user("Dina"), make_user("Ben")
    with overhear() as heard:
        leave(dina, how)
    assert closed_sockets(heard) == [(dina.public_id, 4010)]
    assert ben.public_id not in str(heard)


# ---- Pause --------------------------------------------------------------------------------------------------------------------


def test_the_button_pauses_and_any_log_in_leads_back(dina: User, ben: User) -> None:
    browser = enter()
    assert browser.get("/account/pause/").status_code == 405  # a link pauses nobody
    answer = browser.post("/account/pause/")
    assert (answer["Location"], status_of(dina)) == ("/", "DEACTIVATED")
    assert browser.get("/account/").status_code == 302
    back = enter()
    assert status_of(dina) == "ACTIVE"
    assert back.get("/account/").status_code == 200
    assert find_person(viewer=ben, public_id=dina.public_id, now=NOON) is not None


def test_a_wrong_password_brings_nobody_back(dina: User) -> None:
    pause_account(user=dina, now=NOON)
    Client().post("/login/", {"login": "dina@example.org", "password": "rano-mafana-99"})
    assert status_of(dina) == "DEACTIVATED"


def test_a_pause_begins_once_and_ends_once(dina: User) -> None:
    pause_account(user=dina, now=NOON)
    with pytest.raises(NotOpen):
        pause_account(user=dina, now=NOON)
    assert [resume_account(user=dina, now=NOON), resume_account(user=dina, now=NOON)] == [True, False]


# ---- Close --------------------------------------------------------------------------------------------------------------------


def test_who_has_not_just_typed_the_password_types_it_first(dina: User, as_: LogIn) -> None:
    browser = as_(dina)  # a session of which nothing says when the password was typed: a phone left on the table
    for answer in (browser.get("/account/close/"), browser.post("/account/close/", {"sure": "1"})):
        assert answer["Location"].startswith("/reauthenticate/")
    assert status_of(dina) == "ACTIVE"


def test_a_wrong_password_closes_nothing_and_the_right_one_goes_on_with_what_was_asked(dina: User) -> None:
    browser = enter()
    asked = browser.post("/account/close/", {"sure": "1"})["Location"]
    browser.post(asked, {"password": "rano-mafana-99"})
    assert status_of(dina) == "ACTIVE"
    browser.post(asked, {"password": PASSWORD})
    assert status_of(dina) == "CLOSING"


def test_the_page_says_what_goes_and_what_the_law_keeps(dina: User) -> None:
    page = sure().get("/account/close/?lang=fr").content.decode()
    assert "14 jours" in page
    assert "décret 2021-1362" in page
    User.objects.filter(pk=dina.pk).update(jurisdiction="MG")
    assert "décret 2021-1362" not in sure().get("/account/close/?lang=fr").content.decode()


def test_without_the_box_nothing_closes(dina: User) -> None:
    browser = sure()
    answer = browser.post("/account/close/", {})
    assert answer.status_code == 422
    assert "Cochez la case pour confirmer." in answer.content.decode()
    assert status_of(dina) == "ACTIVE"


def test_closing_leaves_one_page_and_it_leads_back(dina: User, ben: User) -> None:
    assert sure().post("/account/close/", {"sure": "1"})["Location"] == "/"
    assert status_of(dina) == "CLOSING"
    browser = enter()
    for path in ("/", "/rooms/", "/account/", "/account/leaving/", "/account/email/"):
        assert browser.get(path)["Location"] == "/account/closing/"
    answer = browser.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "closing")
    assert browser.get("/account/closing/").status_code == 200
    assert find_person(viewer=ben, public_id=dina.public_id, now=NOON) is None  # looking at the page is not coming back
    assert browser.post("/account/closing/")["Location"] == "/account/"
    assert status_of(dina) == "ACTIVE"
    assert dina.closes_at is None
    assert browser.get("/account/").status_code == 200


def test_nobody_closes_or_keeps_the_account_of_another(dina: User, carol: User, as_: LogIn) -> None:
    begin_closing(user=dina, now=NOON)
    stranger = as_(carol)
    assert stranger.post("/account/closing/")["Location"] == "/account/"
    assert (status_of(dina), status_of(carol)) == ("CLOSING", "ACTIVE")
    assert Client().post("/account/closing/")["Location"].startswith("/login/")


def test_the_letter_says_until_when_in_the_persons_language(dina: User) -> None:
    User.objects.filter(pk=dina.pk).update(language="fr")
    dina.refresh_from_db()
    begin_closing(user=dina, now=NOON)
    (letter,) = mail.outbox
    assert letter.to == ["dina@example.org"]
    assert day_in_french(days=14) in letter.body
    assert "Dina" not in f"{letter.subject} {letter.body}"


def test_the_way_back_ends_with_the_days_of_grace(dina: User) -> None:
    begin_closing(user=dina, now=NOON)
    with pytest.raises(NotOpen):
        keep_account(user=dina, now=END)
    keep_account(user=dina, now=END - timedelta(seconds=1))
    assert finish_closings(now=END) == 0
    assert status_of(dina) == "ACTIVE"


def test_too_late_is_said(dina: User) -> None:
    begin_closing(user=dina, now=timezone.now() - timedelta(days=20))
    answer = enter().post("/account/closing/")
    assert answer.status_code == 410
    assert status_of(dina) == "CLOSING"


def test_at_the_end_all_goes_that_no_law_keeps(dina: User, ben: User) -> None:
    enter()
    Authenticator.objects.create(user=dina, type=Authenticator.Type.TOTP, data={})
    block_person(user=dina, person=ben, now=NOON)
    begin_closing(user=dina, now=NOON)
    mail.outbox.clear()
    assert finish_closings(now=END - timedelta(seconds=1)) == 0
    assert finish_closings(now=END) == 1
    assert finish_closings(now=END) == 0
    assert status_of(dina) == "CLOSED"
    assert (dina.email, dina.closes_at, dina.last_login, dina.has_usable_password()) == ("", None, None, False)
    assert "dina" not in dina.username
    for model in (Profile, AgeAssertion, EmailAddress, DeviceMark, LoginSession, Authenticator):
        assert model._default_manager.filter(user=dina).count() == 0, model
    assert dina.blocks_made.count() == 0
    assert Consent.objects.filter(user=dina).count() == 2  # proof of what was accepted
    assert Profile.objects.filter(user=ben).count() == 1
    assert [letter.to for letter in mail.outbox] == [["dina@example.org"]]
    assert enter().get("/account/").status_code == 302


def test_what_the_law_keeps_is_sealed_and_nowhere_else(dina: User) -> None:
    begin_closing(user=dina, now=NOON)
    finish_closings(now=END)
    row = CivilIdentity.objects.get(user=dina)
    assert row.parts == "email"
    assert b"dina" not in bytes(row.blob)
    assert str(row) == "<sealed>"
    assert "dina@example.org" not in str([list(model._default_manager.values_list()) for model in (User, AuditEntry, CivilIdentity)])


def test_where_no_law_asks_nothing_is_kept(dina: User) -> None:
    User.objects.filter(pk=dina.pk).update(jurisdiction="MG")
    begin_closing(user=dina, now=NOON)
    finish_closings(now=END)
    assert CivilIdentity.objects.count() == 0


def test_the_name_is_nobody_elses_for_a_year_and_the_address_is_free_at_once(dina: User) -> None:
    begin_closing(user=dina, now=NOON)
    finish_closings(now=END)
    assert PseudonymHistory.objects.get(user=dina).to_at == END
    with pytest.raises(PseudonymTaken):
        check_pseudonym(text="Dina", now=END + timedelta(days=364))
    assert check_pseudonym(text="Dina", now=END + timedelta(days=366)).shown == "Dina"
    assert get_person_ref(user=make_user("Dina2", email="dina@example.org")).name == "Dina2"


def test_a_silent_mail_server_holds_the_account_for_a_day_at_most(dina: User, ben: User, settings: LazySettings) -> None:
    begin_closing(user=dina, now=NOON)
    settings.EMAIL_BACKEND = "accounts.tests.test_closure.DeadMail"
    assert finish_closings(now=END) == 0
    assert status_of(dina) == "CLOSING"
    assert Profile.objects.filter(user=dina).exists()
    assert finish_closings(now=END + timedelta(hours=24)) == 1
    assert status_of(dina) == "CLOSED"


class DeadMail:
    """A mail server that is away."""

    def __init__(self, **_options: object) -> None:
        pass

    def send_messages(self, _letters: object) -> int:
        raise ConnectionRefusedError


def test_no_grace_closes_with_the_next_round_of_the_job(dina: User, settings: LazySettings) -> None:
    settings.CLOSURE_GRACE = 0
    assert begin_closing(user=dina, now=NOON) == NOON
    assert finish_closings(now=NOON) == 1
    assert status_of(dina) == "CLOSED"


def test_closing_does_not_escape_a_measure(dina: User) -> None:
    suspend(user=dina, kind=SuspensionKind.TERMINATED, decision_ref="D-3", reason="menaces", now=NOON)
    browser = sure()
    assert browser.get("/account/close/").status_code == 200
    browser.post("/account/close/", {"sure": "1"})
    assert status_of(dina) == "CLOSING"
    browser = enter()
    browser.post("/account/closing/")
    assert status_of(dina) == "ACTIVE"
    assert browser.get("/account/")["Location"] == "/account/standing/"
    assert dina.suspensions.filter(open_key__isnull=False).count() == 1


def test_every_step_is_noted(dina: User) -> None:
    pause_account(user=dina, now=NOON)
    resume_account(user=dina, now=NOON)
    begin_closing(user=dina, now=NOON)
    dina.refresh_from_db()
    keep_account(user=dina, now=NOON)
    begin_closing(user=dina, now=NOON)
    finish_closings(now=END)
    rows = list(AuditEntry.objects.order_by("seq").values_list("action", "role"))
    deeds = ["account.pause", "account.resume", "account.closing", "account.keep", "account.closing"]
    assert rows == [(deed, "person") for deed in deeds] + [("account.closed", "system")]
    assert set(AuditEntry.objects.values_list("object_ref", flat=True)) == {dina.public_id}
    assert audit.verify().holds


@pytest.mark.parametrize("status", [UserStatus.PENDING_EMAIL, UserStatus.CLOSED, UserStatus.DEACTIVATED])
def test_only_an_open_account_begins_to_close(dina: User, status: UserStatus) -> None:
    User.objects.filter(pk=dina.pk).update(status=status)
    with pytest.raises(NotOpen):
        begin_closing(user=dina, now=NOON)
    assert status_of(dina) == status
