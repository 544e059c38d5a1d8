"""Of a room that asks for a proof of age at each visit, nobody reads a word of people before that proof: not its title, not its address."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AgeMethod, Jurisdiction
from accounts.models import User
from accounts.services.visits import begin_visit
from chat.models import Membership, Room
from chat.queries.rooms import list_directory, list_my_rooms
from chat.services.memberships import join_room
from chat.tests.factories import make_room, make_theme, reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]
# The address comes of the title, and is written by people too.
WRITTEN = ("Nuits Coquines", "nuits-coquines", "Recettes et marchés.", "Soyez aimables.")
NEUTRAL = "Salon avec preuve d’âge à chaque visite"
PLACES = ("/rooms/", "/rooms/?q=coquines", "/rooms/?q=marchés", "/rooms/?theme=cuisine", "/", "/api/v1/rooms", "/api/v1/rooms?q=nuits")


@pytest.fixture
def sexual() -> Room:
    return make_room("nuits-coquines", age_gate="SEXUAL")


def prove(browser: Client, user: User, *, ago: timedelta = timedelta(), method: str = AgeMethod.EU_AV_MDOC) -> Client:
    session = browser.session
    begin_visit(user=user, session=session, method=method, now=timezone.now() - ago)
    session.save()
    return browser


def enter(browser: Client, user: User, room: Room) -> None:
    join_room(user=user, session=browser.session, slug=room.slug, now=timezone.now())


def text(browser: Client, path: str) -> str:
    answer = browser.get(path, follow=True)  # members have no landing page
    assert answer.status_code == 200, path
    return json.dumps(answer.json(), ensure_ascii=False) if path.startswith("/api/") else answer.content.decode()


def written_in(page: str) -> list[str]:
    return [word for word in WRITTEN if word in page]


# ---- The directory ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", PLACES)
def test_guests_do_not_find_it_at_all(sexual: Room, as_: LogIn, path: str) -> None:
    page = text(as_(None), path)
    assert (written_in(page), sexual.public_id in page, NEUTRAL in page) == ([], False, False)


def test_where_they_are_shut_they_are_not_found_even_with_a_proof(sexual: Room, amina: User, as_: LogIn) -> None:
    User.objects.filter(pk=amina.pk).update(jurisdiction=Jurisdiction.MG)
    browser = prove(as_(amina), amina)
    for path in PLACES:
        page = text(browser, path)
        assert (sexual.public_id in page, NEUTRAL in page) == (False, False), path
    assert written_in(text(browser, f"/rooms/{sexual.public_id}/about/")) == []


def test_a_member_without_a_proof_of_this_visit_sees_that_there_is_one(sexual: Room, amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    page = text(browser, "/rooms/")
    assert (written_in(page), page.count(f">{NEUTRAL}<")) == ([], 1)
    assert f"/rooms/{sexual.public_id}/about/" in page
    (line,) = browser.get("/api/v1/rooms").json()["rooms"]
    assert (line["slug"], line["title"], line["rules"]) == (sexual.public_id, NEUTRAL, "")


def test_a_search_finds_no_word_that_may_not_be_read(sexual: Room, amina: User, as_: LogIn) -> None:
    """Else the search would tell, guess by guess, what the title says."""
    browser = as_(amina)
    for guess in ("coquines", "nuits", "recettes", "preuve"):
        assert sexual.public_id not in text(browser, f"/rooms/?q={guess}")
        assert browser.get(f"/api/v1/rooms?q={guess}").json()["rooms"] == []
    prove(browser, amina)
    assert sexual.slug in text(browser, "/rooms/?q=coquines")


@pytest.mark.parametrize(("ago", "method"), [(timedelta(minutes=61), AgeMethod.EU_AV_MDOC), (timedelta(), AgeMethod.STAFF_DOCUMENT_REVIEW)])
def test_a_proof_that_rested_or_does_not_fit_lifts_no_veil(sexual: Room, amina: User, as_: LogIn, ago: timedelta, method: str) -> None:
    browser = prove(as_(amina), amina, ago=ago, method=method)
    for path in ("/rooms/", f"/rooms/{sexual.public_id}/about/", "/api/v1/rooms", f"/api/v1/rooms/{sexual.public_id}"):
        assert written_in(text(browser, path)) == [], path


def test_whoever_has_shown_their_age_in_this_visit_reads_it_and_the_page_is_kept_nowhere(sexual: Room, amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    assert "no-store" not in browser.get("/rooms/").headers.get("Cache-Control", "")
    prove(browser, amina)
    answer = browser.get("/rooms/")
    assert written_in(answer.content.decode()) == list(WRITTEN[:3])
    assert answer["Cache-Control"] == "private, no-store"
    assert written_in(text(browser, f"/rooms/{sexual.slug}/about/")) == list(WRITTEN)
    (line,) = browser.get("/api/v1/rooms").json()["rooms"]
    assert (line["slug"], line["title"], line["description"], line["rules"]) == (sexual.slug, *[WRITTEN[at] for at in (0, 2, 3)])
    other = as_(amina)  # another log-in of the same person has shown nothing
    assert written_in(text(other, "/rooms/")) == []


# ---- Beside the directory -----------------------------------------------------------------------------------------------------
def test_the_description_is_veiled_for_guests_and_members_under_both_addresses(sexual: Room, amina: User, as_: LogIn) -> None:
    for browser in (as_(None), as_(amina)):
        page = text(browser, f"/rooms/{sexual.public_id}/about/")
        assert (written_in(page), NEUTRAL in page) == ([], True)
        known = text(browser, f"/rooms/{sexual.slug}/about/")  # whoever has the link has the address, and gets nothing more
        assert written_in(known.replace(f"/rooms/{sexual.slug}/about/", "")) == []
        assert browser.get(f"/api/v1/rooms/{sexual.slug}").json()["title"] == NEUTRAL


def test_from_the_neutral_line_one_gets_to_the_proof_and_with_it_into_the_room(sexual: Room, amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    refused = browser.post(f"/rooms/{sexual.public_id}/join/")
    page = refused.content.decode()
    assert (refused.status_code, written_in(page)) == (403, [])
    assert f"/age/?next=%2Frooms%2F{sexual.public_id}%2Fabout%2F&amp;visit=1" in page
    prove(browser, amina)
    inside = browser.post(f"/rooms/{sexual.public_id}/join/", follow=True)
    assert (inside.status_code, inside["Cache-Control"]) == (200, "private, no-store")
    assert written_in(inside.content.decode()) == list(WRITTEN[:2])
    assert Membership.objects.filter(room=sexual, user=amina, state="JOINED").count() == 1


def test_ones_own_list_is_veiled_too_when_the_visit_is_over(sexual: Room, amina: User, as_: LogIn) -> None:
    browser = prove(as_(amina), amina)
    enter(browser, amina, sexual)
    other = make_room("jardin")
    enter(browser, amina, other)
    kept = browser.get(f"/rooms/{other.slug}/")
    assert WRITTEN[0] in kept.content.decode()
    assert kept["Cache-Control"] == "private, no-store"
    prove(browser, amina, ago=timedelta(minutes=61))
    for path in ("/rooms/", f"/rooms/{other.slug}/", "/rooms/new/", "/rooms/propose/", f"/rooms/{other.slug}/about/"):
        page = text(browser, path)
        assert ([word for word in WRITTEN[:2] if word in page], NEUTRAL in page) == ([], True), path
    assert [room["title"] for room in browser.get("/api/v1/rooms/mine").json()["rooms"]].count(NEUTRAL) == 1
    about = text(browser, f"/rooms/{sexual.public_id}/about/")
    assert written_in(about) == []
    assert f"next=%2Frooms%2F{sexual.public_id}%2Fabout%2F" in about
    shut = browser.get(f"/rooms/{sexual.public_id}/")
    assert (shut.status_code, written_in(shut.content.decode())) == (403, [])


def test_other_rooms_are_described_to_everybody_as_before(amina: User, as_: LogIn) -> None:
    for gate in ("HELP", "GENERAL", "SENSITIVE"):
        room = make_room(f"porte-{gate.lower()}", age_gate=gate)
        for browser in (as_(None), as_(amina)):
            assert room.title in text(browser, "/rooms/")
            assert room.rules in text(browser, f"/rooms/{room.slug}/about/")


# ---- What it costs ------------------------------------------------------------------------------------------------------------
def queries(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connections["default"]) as main, CaptureQueriesContext(connections["keys"]) as keys:
        assert browser.get(path).status_code == 200
    return len(main) + len(keys)


@pytest.mark.parametrize("proven", [False, True])
def test_the_directory_asks_once_for_one_such_room_and_for_twenty(sexual: Room, amina: User, as_: LogIn, proven: bool) -> None:
    browser = prove(as_(amina), amina) if proven else as_(amina)
    browser.get("/rooms/")
    one = queries(browser, "/rooms/")
    for number in range(20):
        make_room(f"nuit-{number}", age_gate="SEXUAL", theme=make_theme(f"theme-{number}"))
    assert queries(browser, "/rooms/") == one <= 10
    Room.objects.filter(age_gate="SEXUAL").update(age_gate="GENERAL")
    assert queries(browser, "/rooms/") == one - 1  # where no room asks, nobody is asked


def test_a_guest_costs_nothing_more(sexual: Room, as_: LogIn) -> None:
    browser = as_(None)
    browser.get("/rooms/")
    with_it = queries(browser, "/rooms/")
    Room.objects.update(age_gate="GENERAL")
    assert queries(browser, "/rooms/") == with_it


def test_nobody_is_asked_twice_for_one_page(sexual: Room, amina: User, django_assert_num_queries: Callable[..., object]) -> None:
    looking = reader(User.objects.get(pk=amina.pk))
    with django_assert_num_queries(4):  # type: ignore[attr-defined]  # rooms, seats, one's own rooms, and the proof
        assert [line.veiled for line in list_directory(reader=looking).lines] == [True]
        assert list_my_rooms(reader=looking) == []
        assert looking.is_veiled("SEXUAL")
