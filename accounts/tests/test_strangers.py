"""What Carol may know and do of Amina and Ben: nothing that is not hers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.access import PersonNotFound, get_person_for_member, get_person_to_release
from accounts.enums import UserStatus
from accounts.models import Block, LoginSession, Mute, User
from accounts.queries import find_person, hidden_actor_ids, is_blocked, list_blocked, list_people_by_names
from accounts.services.preferences import note_active
from accounts.services.profiles import Details, change_profile, details_of
from accounts.services.relations import block_person, mute_person, unblock_person, unmute_person
from accounts.tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
JSON = "application/json"
DEEDS = [("PUT", "block"), ("DELETE", "block"), ("PUT", "mute"), ("DELETE", "mute")]


def details(user: User, **changes: Any) -> Details:
    """The details as they are, with some of them changed."""
    return replace(details_of(user.profile), **changes)


# ---- Over REST ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "deed"), DEEDS)
def test_guests_may_hide_nobody_and_learn_no_id(amina: User, as_: LogIn, method: str, deed: str) -> None:
    guest = as_(None)
    answers = [guest.generic(method, f"/api/v1/people/{public_id}/{deed}") for public_id in (amina.public_id, "a" * 20)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(("method", "deed"), DEEDS)
def test_unknown_inward_and_hidden_ids_get_one_answer(amina: User, ben: User, carol: User, as_: LogIn, method: str, deed: str) -> None:
    block_person(user=ben, person=carol, now=NOON)
    User.objects.filter(pk=amina.pk).update(status=UserStatus.DEACTIVATED)
    browser = as_(carol)
    ids = ["a" * 20, str(amina.pk), "%00", "' OR 1=1--", ben.public_id, amina.public_id]
    answers = [browser.generic(method, f"/api/v1/people/{public_id}/{deed}") for public_id in ids]
    assert [answer.status_code for answer in answers] == [404] * len(ids)
    assert {answer.content for answer in answers} == {answers[0].content}
    assert (carol.blocks_made.count(), carol.mutes_made.count()) == (0, 0)


def test_carol_lifts_no_block_and_no_mute_of_amina(amina: User, ben: User, carol: User, as_: LogIn) -> None:
    block_person(user=amina, person=ben, now=NOON)
    mute_person(user=amina, person=ben, now=NOON)
    browser = as_(carol)
    answers = [browser.delete(f"/api/v1/people/{ben.public_id}/{deed}").status_code for deed in ("block", "mute")]
    assert answers == [404, 404]
    assert browser.get("/api/v1/blocks").json() == []
    assert hidden_actor_ids(user=amina) == {ben.pk}


def test_repeating_a_deed_over_rest_changes_nothing(amina: User, ben: User, as_: LogIn) -> None:
    browser, base = as_(amina), f"/api/v1/people/{ben.public_id}"
    for deed in ("block", "mute"):
        assert [browser.put(f"{base}/{deed}").status_code for _twice in range(2)] == [204, 204]
    assert (Block.objects.count(), Mute.objects.count()) == (1, 1)
    # A mute is left while the block goes, so the person can still be released; then nothing is left to take back.
    assert [browser.delete(f"{base}/block").status_code for _twice in range(2)] == [204, 204]
    assert [browser.delete(f"{base}/mute").status_code for _twice in range(2)] == [204, 404]


def test_changes_reach_the_caller_alone(amina: User, carol: User, as_: LogIn) -> None:
    browser = as_(carol)
    browser.patch("/api/v1/me", {"bio": "Carol"}, content_type=JSON)
    browser.patch("/api/v1/me/preferences", {"theme": "dark"}, content_type=JSON)
    for extra in ({"id": amina.public_id}, {"user": amina.pk}, {"email": "amina@example.org"}):
        assert browser.patch("/api/v1/me", {"bio": "vol"} | extra, content_type=JSON).status_code == 422
    amina.refresh_from_db()
    carol.refresh_from_db()
    assert (amina.profile.bio, amina.theme, carol.profile.bio, carol.theme) == ("", "", "Carol", "dark")


@pytest.mark.parametrize(
    "body",
    [
        {"language": "xx"},
        {"theme": "sepia"},
        {"data_saver": "peut-être"},
        {"enter_sends": []},
        {"is_staff": True},
        {"language": 1},
        [],
    ],
)
def test_preferences_that_do_not_exist_change_nothing(amina: User, as_: LogIn, body: object) -> None:
    answer = as_(amina).patch("/api/v1/me/preferences", body, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_fields")
    amina.refresh_from_db()
    assert (amina.language, amina.theme, amina.data_saver, amina.enter_sends, amina.is_staff) == ("fr", "", False, True, False)


@pytest.mark.parametrize("words", ["{", "x", "None", "\x00"])
def test_words_that_are_no_json_are_refused(amina: User, as_: LogIn, words: str) -> None:
    answer = as_(amina).generic("PATCH", "/api/v1/me", words, content_type=JSON)
    assert answer.status_code == 400
    assert amina.profile.bio == ""


def test_a_name_changes_once_in_thirty_days_over_rest_too(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    assert browser.patch("/api/v1/me", {"name": "Vonona"}, content_type=JSON).json()["name"] == "Vonona"
    again = browser.patch("/api/v1/me", {"name": "Fanja", "bio": "x"}, content_type=JSON)
    assert (again.status_code, again.json()["code"], "30 jours" in again.json()["message"]) == (409, "bad_name", True)
    me = browser.get("/api/v1/me").json()
    assert (me["name"], me["bio"]) == ("Vonona", "")


@pytest.mark.usefixtures("places")
def test_oneself_over_rest_is_without_code_cell_and_year(as_: LogIn) -> None:
    soa = make_user("Soa", country="MG", postal_code="101")
    answer = as_(soa).get("/api/v1/me")
    assert answer.json()["region"] == "Analamanga"
    assert {"postal_code", "cell", "birth_year", "password", "session_epoch"} & set(answer.json()) == set()
    assert soa.profile.cell not in answer.content.decode()


# ---- On pages -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", ["block", "unblock", "mute", "unmute"])
def test_a_guests_form_hides_nobody(amina: User, ben: User, as_: LogIn, deed: str) -> None:
    block_person(user=amina, person=ben, now=NOON)
    assert as_(None).post(f"/people/{ben.public_id}/{deed}/")["Location"].startswith("/login/")
    assert (Block.objects.count(), Mute.objects.count()) == (1, 0)


def test_the_blocked_find_the_page_gone_and_the_blocker_a_name(amina: User, ben: User, carol: User, as_: LogIn) -> None:
    change_profile(user=ben, pseudonym="Ben", details=details(ben, bio="J’aime le romazava."), place=None, now=NOON)
    block_person(user=amina, person=ben, now=NOON)
    made_up = as_(ben).get(f"/people/{'a' * 20}/")
    gone = as_(ben).get(f"/people/{amina.public_id}/")
    assert (gone.status_code, made_up.status_code) == (404, 404)
    assert "Amina" not in gone.content.decode()
    mine = as_(amina).get(f"/people/{ben.public_id}/").content.decode()
    assert "Ben" in mine
    assert "romazava" not in mine
    assert "romazava" in as_(carol).get(f"/people/{ben.public_id}/").content.decode()


def test_the_list_of_the_hidden_names_neither_blockers_nor_the_closed(amina: User, ben: User, carol: User, as_: LogIn) -> None:
    block_person(user=ben, person=amina, now=NOON)
    mute_person(user=amina, person=carol, now=NOON)
    page = as_(amina).get("/account/blocks/").content.decode()
    assert ("Carol" in page, "Ben" in page) == (True, False)
    User.objects.filter(pk=carol.pk).update(status=UserStatus.CLOSED)
    assert list_blocked(user=amina) == []


def test_whoever_was_hidden_can_be_released_whatever_became_of_them(amina: User, ben: User, as_: LogIn) -> None:
    block_person(user=amina, person=ben, now=NOON)
    User.objects.filter(pk=ben.pk).update(status=UserStatus.DEACTIVATED)
    assert as_(amina).post(f"/people/{ben.public_id}/unblock/").status_code == 302
    assert Block.objects.count() == 0
    with pytest.raises(PersonNotFound):
        get_person_to_release(user=amina, public_id=ben.public_id)


def test_two_who_blocked_each_other_can_both_take_it_back(amina: User, ben: User, as_: LogIn) -> None:
    block_person(user=amina, person=ben, now=NOON)
    block_person(user=ben, person=amina, now=NOON)
    assert as_(amina).post(f"/people/{ben.public_id}/unblock/").status_code == 302
    assert is_blocked(a_id=amina.pk, b_id=ben.pk)
    assert as_(ben).post(f"/people/{amina.public_id}/unblock/").status_code == 302
    assert not is_blocked(a_id=amina.pk, b_id=ben.pk)


def test_a_mute_outlives_an_unblock_and_both_ways_stand_alone(amina: User, ben: User, carol: User) -> None:
    for _twice in range(2):
        mute_person(user=amina, person=ben, now=NOON)
    mute_person(user=ben, person=amina, now=NOON)
    block_person(user=amina, person=ben, now=NOON)
    unblock_person(user=amina, person=ben)
    assert (hidden_actor_ids(user=amina), hidden_actor_ids(user=ben)) == ({ben.pk}, {amina.pk})
    for _twice in range(2):
        unmute_person(user=amina, person=ben)
    assert (hidden_actor_ids(user=amina), hidden_actor_ids(user=ben)) == (set(), {amina.pk})
    assert hidden_actor_ids(user=carol) == set()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_block_counts_in_both_directions_for_those_two_alone(amina: User, ben: User, carol: User, order: tuple[int, int]) -> None:
    pair = (amina, ben)
    block_person(user=pair[order[0]], person=pair[order[1]], now=NOON)
    assert is_blocked(a_id=amina.pk, b_id=ben.pk)
    assert is_blocked(a_id=ben.pk, b_id=amina.pk)
    assert not is_blocked(a_id=amina.pk, b_id=carol.pk)
    assert not is_blocked(a_id=carol.pk, b_id=ben.pk)


@pytest.mark.parametrize("status", [status for status in UserStatus if status != UserStatus.ACTIVE])
def test_an_account_that_is_not_active_is_nobody(amina: User, ben: User, as_: LogIn, status: UserStatus) -> None:
    User.objects.filter(pk=ben.pk).update(status=status)
    assert as_(amina).get(f"/people/{ben.public_id}/").status_code == 404
    assert as_(amina).post(f"/people/{ben.public_id}/block/").status_code == 404
    assert list_people_by_names(names=["Ben"]) == []
    with pytest.raises(PersonNotFound):
        get_person_for_member(user=amina, public_id=ben.public_id)


def test_a_viewer_who_is_no_member_finds_nobody(amina: User, ben: User) -> None:
    assert find_person(viewer=None, public_id=ben.public_id, now=NOON) is None
    amina.status = UserStatus.PENDING_EMAIL
    assert find_person(viewer=amina, public_id=ben.public_id, now=NOON) is None


@pytest.mark.parametrize(
    ("shows", "hides", "day", "seen"), [(True, False, 0, True), (False, False, 0, False), (True, True, 0, False), (True, False, 1, False)]
)
def test_today_is_the_most_that_is_said_of_a_visit(amina: User, ben: User, shows: bool, hides: bool, day: int, seen: bool) -> None:
    change_profile(user=ben, pseudonym="Ben", details=details(ben, show_last_seen=shows), place=None, now=NOON)
    User.objects.filter(pk=ben.pk).update(hide_presence=hides)
    note_active(user=ben, today=(NOON - timedelta(days=day)).date())
    page = find_person(viewer=amina, public_id=ben.public_id, now=NOON)
    assert page is not None
    assert page.active_today is seen


def test_pages_of_ones_own_never_carry_anothers_secrets(amina: User, carol: User, as_: LogIn) -> None:
    as_(amina).get("/account/")
    LoginSession.objects.create(user=amina, session_key="k" * 32, device="Firefox", started_at=timezone.now())
    browser = as_(carol)
    secrets = ("amina@example.org", amina.public_id, LoginSession.objects.get(user=amina).public_id)
    paths = [
        "/account/",
        "/account/profile/",
        "/account/sessions/",
        "/account/blocks/",
        "/account/consents/",
        "/account/preferences/",
        "/email/",
    ]
    pages = {path: browser.get(path) for path in paths}
    assert "carol@example.org" in pages["/email/"].content.decode()
    for path, page in pages.items():
        assert page.status_code == 200, path
        assert not [secret for secret in secrets if secret in page.content.decode()], path
