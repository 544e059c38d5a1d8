"""An account that its person has erased: out of sight first, then without a way in, then a number and what the law has sealed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.access import PersonNotFound, get_account_by_farewell, get_person_for_member
from accounts.enums import Accent, UserStatus
from accounts.models import Block, CivilIdentity, DeviceMark, KeptAccount, LoginSession, Mute, Profile, PseudonymHistory, User
from accounts.queries.evidence import list_names_worn
from accounts.queries.farewell import farewell_token
from accounts.queries.subscribers import find_subscriber
from accounts.queries.veiling import veil
from accounts.services import erasure
from accounts.services.approvals import Approval, NotApproved
from accounts.services.closure import NotOpen, begin_closing, finish_closings, keep_account
from accounts.services.factors import ensure_totp
from accounts.services.identity import Identity, give_identity
from accounts.services.keeping import open_names_for_legal_request, veil_names
from accounts.services.profiles import change_profile, details_of
from accounts.services.relations import block_person, mute_person
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import NOON, make_user
from core.lookalikes import skeleton
from core.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
STEPS = (erasure.end_access, erasure.erase_relations, erasure.erase_profile, erasure.close_account)


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD, bio="Je tisse du raphia")


def do(step: Any, user: User) -> int:
    batches = 0
    while step(user_id=user.pk, now=NOON):
        batches += 1
    return batches


def erase(user: User) -> None:
    erasure.hide_account(user_id=user.pk, now=NOON)
    for step in STEPS:
        do(step, user)
    user.refresh_from_db()


def enter() -> Client:
    browser = Client()
    browser.post("/login/", {"login": "dina@example.org", "password": PASSWORD})
    return browser


# ---- Out of sight ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [UserStatus.ACTIVE, UserStatus.DEACTIVATED, UserStatus.CLOSING, UserStatus.PENDING_EMAIL])
def test_from_whatever_state_nobody_sees_it_any_more(dina: User, ben: User, status: UserStatus) -> None:
    User.objects.filter(pk=dina.pk).update(status=status)
    assert erasure.hide_account(user_id=dina.pk, now=NOON) is True
    assert erasure.hide_account(user_id=dina.pk, now=NOON + timedelta(hours=1)) is False
    dina.refresh_from_db()
    assert (dina.status, dina.closes_at) == (UserStatus.CLOSING, NOON)
    with pytest.raises(PersonNotFound):
        get_person_for_member(user=ben, public_id=dina.public_id)


def test_hiding_destroys_nothing_and_ends_every_session(dina: User) -> None:
    browser = enter()
    before = (LoginSession.objects.count(), Session.objects.count(), DeviceMark.objects.count())
    erasure.hide_account(user_id=dina.pk, now=NOON)
    assert (LoginSession.objects.count(), Session.objects.count(), DeviceMark.objects.count()) == before
    assert browser.get("/account/")["Location"].startswith("/login/")


def test_there_is_no_way_back_not_even_for_who_had_the_page_open(dina: User) -> None:
    begin_closing(user=dina, now=NOON)
    stale = User.objects.get(pk=dina.pk)  # read while there was a way back
    erasure.hide_account(user_id=dina.pk, now=NOON)
    with pytest.raises(NotOpen):
        keep_account(user=stale, now=NOON)
    assert User.objects.get(pk=dina.pk).status == UserStatus.CLOSING


def test_a_closed_account_is_left_as_it_is(dina: User) -> None:
    begin_closing(user=dina, now=NOON)
    finish_closings(now=NOON + timedelta(days=15))
    assert erasure.hide_account(user_id=dina.pk, now=NOON + timedelta(days=16)) is False
    assert User.objects.get(pk=dina.pk).status == UserStatus.CLOSED


# ---- No way in ---------------------------------------------------------------------------------------------------------------
def test_nobody_comes_in_any_more_by_password_passkey_or_browser(dina: User, ben: User) -> None:
    enter()
    ensure_totp(user=dina)
    ensure_totp(user=ben)
    assert erasure.has_access(user_id=dina.pk) is True
    do(erasure.end_access, dina)
    assert erasure.has_access(user_id=dina.pk) is False
    assert enter().get("/account/").status_code == 302
    assert Authenticator.objects.filter(user=ben).count() == 1
    assert LoginSession.objects.filter(user=dina).count() == 0


def test_the_sessions_themselves_leave_the_table(dina: User) -> None:
    enter()
    keys = list(LoginSession.objects.filter(user=dina).values_list("session_key", flat=True))
    assert Session.objects.filter(session_key__in=keys).count() == 1
    do(erasure.end_access, dina)
    assert Session.objects.filter(session_key__in=keys).count() == 0


# ---- Others ------------------------------------------------------------------------------------------------------------------
def test_who_kept_them_away_and_whom_they_kept_away_are_free(dina: User, ben: User, carol: User) -> None:
    block_person(user=dina, person=ben, now=NOON)
    mute_person(user=carol, person=dina, now=NOON)
    block_person(user=ben, person=carol, now=NOON)
    do(erasure.erase_relations, dina)
    assert list(Block.objects.values_list("blocker_id", "blocked_id")) == [(ben.pk, carol.pk)]
    assert Mute.objects.count() == 0
    assert erasure.has_relations(user_id=dina.pk) is False


# ---- The end of the account --------------------------------------------------------------------------------------------------
def test_the_row_that_stays_says_nothing_of_anybody(dina: User) -> None:
    fields = {"accent": Accent.PLUM, "discreet": True, "tips_hidden": "LINK", "enter_sends": False, "is_staff": True}
    User.objects.filter(pk=dina.pk).update(**fields, restricted_at=NOON)
    enter()
    erase(dina)
    assert erasure.is_closed(user_id=dina.pk) is True
    row = User.objects.filter(pk=dina.pk).values().get()
    kept = {"id", "public_id", "username", "password", "status", "jurisdiction", "language", "created_at", "closed_at", "session_epoch"}
    said = {name: value for name, value in row.items() if name not in kept and value not in ("", None, False, 0)}
    assert said == {"enter_sends": True}
    assert (row["username"], row["closed_at"], row["password"][0]) == (f"~{dina.public_id}", NOON, "!")
    assert EmailAddress.objects.filter(user=dina).count() == Profile.objects.filter(user=dina).count() == 0


def test_the_proof_sees_what_is_left(dina: User) -> None:
    assert erasure.is_closed(user_id=dina.pk) is False
    erase(dina)
    PseudonymHistory.objects.filter(user=dina).update(pseudonym="Dina")
    assert erasure.is_closed(user_id=dina.pk) is False


def test_what_the_admin_wrote_down_of_them_has_no_name(dina: User, ben: User) -> None:
    kind = ContentType.objects.get_for_model(User)
    for user in (dina, ben):
        LogEntry.objects.create(user=ben, content_type=kind, object_id=str(user.pk), object_repr=user.username, action_flag=CHANGE)
    erase(dina)
    assert sorted(LogEntry.objects.values_list("object_repr", flat=True)) == ["ben", "~"]


def test_an_account_that_was_closed_before_loses_its_names_too(dina: User) -> None:
    begin_closing(user=dina, now=NOON)
    finish_closings(now=NOON + timedelta(days=15))
    do(erasure.close_account, dina)
    assert erasure.is_closed(user_id=dina.pk) is True
    assert KeptAccount.objects.filter(user=dina).count() == 1


def test_civil_identity_stays_sealed_with_the_address(dina: User) -> None:
    give_identity(user=dina, identity=Identity(name="Dina Razafy"), now=NOON)
    erase(dina)
    row = CivilIdentity.objects.get(user=dina)
    assert row.parts == "name,email"
    assert b"Razafy" not in bytes(row.blob)


# ---- Names -------------------------------------------------------------------------------------------------------------------
def test_names_are_veiled_and_sealed_with_their_days(dina: User) -> None:
    change_profile(user=dina, pseudonym="Dinah", details=details_of(dina.profile), place=None, now=NOON + timedelta(days=40))
    dina.refresh_from_db()
    erase(dina)
    rows = list(PseudonymHistory.objects.filter(user=dina).order_by("from_at").values_list("pseudonym", "skeleton"))
    assert rows == [("", veil(skeleton("Dina"))), ("", veil(skeleton("Dinah")))]
    assert b"Dina" not in bytes(KeptAccount.objects.get(user=dina).blob)
    assert list_names_worn(user_ids=[dina.pk]) == set()  # and never an empty one, which would be in every text
    found = find_subscriber(user_id=dina.pk)
    assert found is not None
    assert found.pseudonyms == ()


def test_veiling_twice_changes_nothing(dina: User) -> None:
    assert veil_names(user=dina, now=NOON) == {"accounts_pseudonymhistory": 1}
    blob = bytes(KeptAccount.objects.get().blob)
    assert veil_names(user=dina, now=NOON) == {}
    assert bytes(KeptAccount.objects.get().blob) == blob


@pytest.mark.django_db(transaction=True)
def test_justice_reads_them_with_two_approvals_and_an_entry() -> None:
    dina = make_user("Dina")
    veil_names(user=dina, now=NOON)
    pair = [Approval(make_user(name, is_staff=True), "réquisition", NOON, f"Mod-{name}") for name in ("Lea", "Sam")]
    with pytest.raises(NotApproved):
        open_names_for_legal_request(user_id=dina.pk, request_ref="r" * 20, approvals=pair[:1], now=NOON)
    (worn,) = open_names_for_legal_request(user_id=dina.pk, request_ref="r" * 20, approvals=pair, now=NOON)
    assert (worn.pseudonym, worn.to_at) == ("Dina", NOON)
    assert AuditEntry.objects.filter(action="names.open").count() >= 1
    assert "Dina" not in json.dumps(list(AuditEntry.objects.values_list("reason", "object_ref")))


# ---- The last letter ---------------------------------------------------------------------------------------------------------
def test_the_token_of_the_last_letter_opens_a_closed_account_and_no_other(dina: User, carol: User) -> None:
    token = farewell_token(dina)
    with pytest.raises(PersonNotFound):
        get_account_by_farewell(token=token)
    begin_closing(user=dina, now=NOON)
    finish_closings(now=NOON + timedelta(days=15))
    assert get_account_by_farewell(token=token) == dina
    for forged in (token[:-1], f"{carol.public_id}.{token.partition('.')[2]}", dina.public_id, ""):
        with pytest.raises(PersonNotFound):
            get_account_by_farewell(token=forged)
