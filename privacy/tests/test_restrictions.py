"""Article 18: in force from the asking on. Others see neither the person nor their words; the person reads and does not write."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.queries.people import find_person, list_people_by_names, list_present_people
from accounts.queries.relations import hidden_actor_ids, list_hidden_public_ids
from accounts.services.limits import restrict_processing, resume_processing
from accounts.services.relations import mute_person
from chat.services.errors import ProcessingRestricted
from chat.services.messages import send_message
from chat.services.rooms import open_group
from chat.tests.factories import join, make_room, say
from core.models import AuditEntry
from privacy.enums import RequestKind, RequestState
from privacy.models import DataRequest
from privacy.queries.requests import find_restriction
from privacy.services.requests import close_request, withdraw_request
from privacy.services.restrictions import NotRestricted, lift_restriction
from privacy.tests.asking import asked, browser, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def room(amina: User, ben: User, now: datetime) -> Any:
    """Amina and Ben have spoken in it."""
    made = make_room()
    for person in (amina, ben):
        join(person, made, now=now)
        say(person, made, f"parole de {person.username}", now=now)
    return made


def heard(user: User, room: Any) -> set[str]:
    """Who speaks to this person on the page, over REST, in the log and in search: the same in all four."""
    client = browser(user)
    page = client.get(f"/rooms/{room.slug}/").content.decode()
    rest = str(client.get(f"/api/v1/rooms/{room.public_id}/messages").json()["messages"])
    log = str(client.get(f"/api/v1/rooms/{room.public_id}/events").json()["events"])
    found = client.get(f"/rooms/{room.slug}/search/?q=parole").content.decode()
    views = [{name for name in ("amina", "ben") if f"parole de {name}" in text} for text in (page, rest, log, found)]
    assert views[0] == views[1] == views[2] == views[3]
    return views[0]


# ---- What others see ----------------------------------------------------------------------------------------------------------


def test_from_the_asking_on_others_see_neither_the_person_nor_their_words(room: Any, amina: User, ben: User, now: datetime) -> None:
    assert heard(ben, room) == {"amina", "ben"}
    asked(amina, RequestKind.RESTRICTION, now=now)
    assert heard(ben, room) == {"ben"}
    assert find_person(viewer=ben, public_id=amina.public_id, now=now) is None
    assert browser(ben).get(f"/people/{amina.public_id}/").status_code == 404
    assert list_people_by_names(names=["Amina"]) == []
    assert set(list_present_people(user_ids=[amina.pk, ben.pk])) == {ben.pk}
    assert hidden_actor_ids(user=ben) == {amina.pk}
    assert list_hidden_public_ids(user=ben) == frozenset({amina.public_id})


def test_the_person_themselves_reads_everything_and_finds_their_own_page(room: Any, amina: User, now: datetime) -> None:
    asked(amina, RequestKind.RESTRICTION, now=now)
    assert heard(amina, room) == {"amina", "ben"}
    shown = find_person(viewer=amina, public_id=amina.public_id, now=now)
    assert shown is not None
    assert shown.is_me
    assert hidden_actor_ids(user=amina) == set()


def test_who_blocked_or_muted_whom_is_as_it_was(room: Any, amina: User, ben: User, carol: User, now: datetime) -> None:
    mute_person(user=ben, person=carol, now=now)
    asked(amina, RequestKind.RESTRICTION, now=now)
    assert hidden_actor_ids(user=ben) == {amina.pk, carol.pk}
    lift_restriction(user=amina, now=now)
    assert hidden_actor_ids(user=ben) == {carol.pk}


def test_nothing_is_written_while_it_lasts_and_the_page_says_how_to_end_it(room: Any, amina: User, now: datetime) -> None:
    asked(amina, RequestKind.RESTRICTION, now=now)
    amina.refresh_from_db()
    with pytest.raises(ProcessingRestricted):
        send_message(user=amina, room_public_id=room.public_id, client_id=uuid.uuid4(), body="encore", now=now)
    with pytest.raises(ProcessingRestricted):
        open_group(user=amina, title="Famille", description="", languages=["fr"], now=now)
    page = page_of(browser(amina).get(f"/rooms/{room.slug}/"))
    assert "vous lisez, et n’écrivez pas" in page
    assert 'href="/account/data/"' in page
    assert 'id="composer"' not in page


def test_others_write_as_before(room: Any, amina: User, ben: User, now: datetime) -> None:
    asked(amina, RequestKind.RESTRICTION, now=now)
    say(ben, room, "toujours là", now=now)
    assert "toujours là" in page_of(browser(amina).get(f"/rooms/{room.slug}/"))


# ---- Its end ------------------------------------------------------------------------------------------------------------------


def test_its_person_lifts_it_and_is_seen_again(room: Any, amina: User, ben: User, now: datetime) -> None:
    made = asked(amina, RequestKind.RESTRICTION, now=now)
    lift_restriction(user=amina, now=now)
    made.refresh_from_db()
    assert (made.state, amina.restricted_at) == (RequestState.WITHDRAWN, None)
    assert heard(ben, room) == {"amina", "ben"}
    say(amina, room, "me revoilà", now=now)
    with pytest.raises(NotRestricted):
        lift_restriction(user=amina, now=now)


def test_a_restriction_that_was_confirmed_lasts_until_it_is_lifted(room: Any, amina: User, ben: User, dora: Any, now: datetime) -> None:
    made = asked(amina, RequestKind.RESTRICTION, now=now)
    close_request(request=made, words="Entendu, le temps du procès.", by=dora, now=now)
    amina.refresh_from_db()
    assert find_restriction(user=amina) == made
    assert heard(ben, room) == {"ben"}
    lift_restriction(user=amina, now=now)
    made.refresh_from_db()
    assert (made.state, amina.restricted_at) == (RequestState.DONE, None)
    assert AuditEntry.objects.filter(object_ref=made.public_id).latest("seq").action == "request.lift"


def test_taking_the_request_back_lifts_it_too(amina: User, now: datetime) -> None:
    withdraw_request(request=asked(amina, RequestKind.RESTRICTION, now=now), now=now)
    amina.refresh_from_db()
    assert amina.restricted_at is None


def test_who_was_never_restricted_lifts_nothing(amina: User, now: datetime) -> None:
    with pytest.raises(NotRestricted):
        lift_restriction(user=amina, now=now)
    assert DataRequest.objects.count() == 0


def test_both_deeds_are_done_once_and_noted_once(amina: User, now: datetime) -> None:
    assert restrict_processing(user=amina, now=now)
    assert not restrict_processing(user=amina, now=now)
    assert amina.restricted_at == now
    assert resume_processing(user=amina, now=now)
    assert not resume_processing(user=amina, now=now)
    assert User.objects.get(pk=amina.pk).restricted_at is None
    rows = AuditEntry.objects.filter(object_kind="account", object_ref=amina.public_id).order_by("seq")
    assert list(rows.values_list("action", flat=True)) == ["account.restrict", "account.resume_processing"]


def test_it_costs_those_who_read_no_query_more(room: Any, amina: User, ben: User, now: datetime, django_assert_num_queries: Any) -> None:
    for _round in range(2):
        with django_assert_num_queries(1):
            hidden_actor_ids(user=ben)
        with django_assert_num_queries(1):
            list_hidden_public_ids(user=ben)
        restrict_processing(user=amina, now=now)
