"""Blocking and muting: both ways or one way, as often as one likes, told to nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.queries import find_person, hidden_actor_ids, list_hidden_public_ids
from accounts.queries.relations import hidden_ids_of, hiders_of
from accounts.services.devices import mark_device, new_token
from accounts.services.relations import NotOneself, block_person, mute_person, unblock_person, unmute_person
from accounts.tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


def test_a_block_hides_both_from_each_other(amina: User, ben: User, carol: User) -> None:
    for _twice in range(2):
        block_person(user=amina, person=ben, now=NOON)
    assert (hidden_actor_ids(user=amina), hidden_actor_ids(user=ben)) == ({ben.pk}, {amina.pk})
    assert hidden_actor_ids(user=carol) == set()
    assert find_person(viewer=ben, public_id=amina.public_id, now=NOON) is None
    for _twice in range(2):
        unblock_person(user=amina, person=ben)
    assert (hidden_actor_ids(user=amina), hidden_actor_ids(user=ben)) == (set(), set())


def test_the_blocked_cannot_lift_the_block(amina: User, ben: User) -> None:
    block_person(user=amina, person=ben, now=NOON)
    unblock_person(user=ben, person=amina)
    assert hidden_actor_ids(user=ben) == {amina.pk}


def test_two_blocks_need_two_to_lift(amina: User, ben: User) -> None:
    block_person(user=amina, person=ben, now=NOON)
    block_person(user=ben, person=amina, now=NOON)
    unblock_person(user=amina, person=ben)
    assert hidden_actor_ids(user=amina) == {ben.pk}


def test_muting_hides_one_way(amina: User, ben: User) -> None:
    mute_person(user=amina, person=ben, now=NOON)
    assert list_hidden_public_ids(user=amina) == frozenset({ben.public_id})
    assert list_hidden_public_ids(user=ben) == frozenset()
    unmute_person(user=amina, person=ben)
    assert list_hidden_public_ids(user=amina) == frozenset()


@pytest.mark.parametrize("deed", [block_person, mute_person])
def test_nobody_hides_themselves(amina: User, deed: Callable[..., None]) -> None:
    with pytest.raises(NotOneself):
        deed(user=amina, person=amina, now=NOON)
    assert hidden_actor_ids(user=amina) == set()


def test_by_forms(amina: User, ben: User, as_: LogIn) -> None:
    browser, base = as_(amina), f"/people/{ben.public_id}"
    assert browser.post(f"{base}/block/").status_code == 302
    assert "Ben" in browser.get("/account/blocks/").content.decode()
    assert browser.post(f"{base}/unblock/").status_code == 302
    assert browser.post(f"{base}/mute/").status_code == 302
    assert hidden_actor_ids(user=amina) == {ben.pk}
    assert browser.post(f"{base}/unmute/").status_code == 302
    assert hidden_actor_ids(user=amina) == set()


@pytest.mark.parametrize("deed", ["block", "mute"])
def test_strange_ids_and_oneself_are_not_found(amina: User, as_: LogIn, deed: str) -> None:
    browser = as_(amina)
    ids = ["a" * 20, str(amina.pk), amina.public_id]
    assert [browser.post(f"/people/{public_id}/{deed}/").status_code for public_id in ids] == [404] * len(ids)
    assert browser.get(f"/people/{amina.public_id}/{deed}/").status_code == 405


@pytest.mark.parametrize("deed", ["unblock", "unmute"])
def test_releasing_whom_one_never_hid_tells_nothing(amina: User, ben: User, as_: LogIn, deed: str) -> None:
    browser = as_(amina)
    answers = [browser.post(f"/people/{public_id}/{deed}/") for public_id in ("a" * 20, str(amina.pk), ben.public_id, amina.public_id)]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/account/blocks/")}
    assert browser.get(f"/people/{amina.public_id}/{deed}/").status_code == 405


def test_over_rest(amina: User, ben: User, as_: LogIn) -> None:
    browser, path = as_(amina), f"/api/v1/people/{ben.public_id}"
    assert browser.put(f"{path}/block").status_code == 204
    assert browser.put(f"{path}/mute").status_code == 204
    assert browser.get("/api/v1/blocks").json() == [{"id": ben.public_id, "name": "Ben", "blocked": True, "muted": True}]
    assert as_(ben).get("/api/v1/blocks").json() == []
    assert browser.delete(f"{path}/block").status_code == 204
    assert browser.delete(f"{path}/mute").status_code == 204
    assert browser.put(f"/api/v1/people/{amina.public_id}/block").status_code == 404
    assert as_(None).put(f"{path}/block").status_code == 401


def test_the_blocked_person_cannot_find_the_blocker_over_rest(amina: User, ben: User, as_: LogIn) -> None:
    block_person(user=amina, person=ben, now=NOON)
    assert as_(ben).put(f"/api/v1/people/{amina.public_id}/mute").status_code == 404


def test_from_whom_somebody_is_hidden_is_the_same_question_turned_round(amina: User, ben: User, carol: User) -> None:
    """Every mixture of blocks, masks and shared browsers among four people: one query says what many would."""
    dina = make_user("Dina")
    people = [amina, ben, carol, dina]
    block_person(user=amina, person=ben, now=NOON)
    mute_person(user=carol, person=amina, now=NOON)
    block_person(user=dina, person=carol, now=NOON)
    token = new_token()
    for person in (ben, dina):
        mark_device(user=person, token=token, now=NOON)
    ids = [person.pk for person in people]
    for actor in people:
        wanted = {viewer.pk for viewer in people if viewer != actor and actor.pk in hidden_ids_of(user_id=viewer.pk)}
        assert hiders_of(actor_id=actor.pk, among=[pk for pk in ids if pk != actor.pk]) == wanted


def test_it_is_one_query_and_none_for_nobody(amina: User, ben: User, carol: User, django_assert_num_queries: Any) -> None:
    block_person(user=amina, person=ben, now=NOON)
    with django_assert_num_queries(1):
        assert hiders_of(actor_id=amina.pk, among=[ben.pk, carol.pk]) == {ben.pk}
    with django_assert_num_queries(0):
        assert hiders_of(actor_id=amina.pk, among=[]) == set()
