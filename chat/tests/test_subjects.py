"""What the rooms answer when a notice is about to leave: whether it still stands, who may know, and under which name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import AgeGate, ConsentPurpose, Jurisdiction
from accounts.models import AgeAssertion, User
from accounts.services.consents import give_consent
from accounts.services.relations import block_person, mute_person
from accounts.tests.factories import make_user
from chat.enums import MemberState, NotifyLevel
from chat.models import Membership, Room
from chat.queries.subjects import GONE, RoomSubjects
from chat.services import memberships, messages, restrictions
from chat.tests.factories import close, join, make_room, say
from notifications.subjects import Asked, Standing
from realtime.presence import presence

pytestmark = pytest.mark.django_db
SOURCE = RoomSubjects()
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def ask(user: User, room: Room, seq: int = 1, kind: str = "MENTION", *, preview: bool = True) -> Asked:
    return Asked(user.pk, kind, "MESSAGE", room.public_id, {"seq": seq}, with_preview=preview)


def look(user: User, room: Room, seq: int = 1, kind: str = "MENTION", *, now: datetime, preview: bool = True) -> Standing:
    [found] = SOURCE.look([ask(user, room, seq, kind, preview=preview)], now=now)
    return found


@pytest.fixture
def said(room: Room, amina: User, now: datetime) -> int:
    """Amina has named Ben."""
    return say(amina, room, "@Ben, le gingembre vient à la fin.", now=now).seq


def test_a_message_that_stands_is_described(room: Room, ben: User, said: int, now: datetime) -> None:
    assert look(ben, room, said, now=now) == Standing(
        discreet=False, place=room.title, sender="Amina", preview="@Ben, le gingembre vient à la fin."
    )
    assert look(ben, room, said, now=now, preview=False).preview == ""


def test_its_last_words_count(room: Room, amina: User, ben: User, said: int, now: datetime) -> None:
    for text in ("première correction", "é" * 300):
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=said, body=text, now=now)
    assert look(ben, room, said, now=now).preview == "é" * 120


def test_many_questions_have_their_answers_in_order(
    room: Room, group: Room, amina: User, ben: User, carol: User, said: int, now: datetime
) -> None:
    other = say(amina, group, "@Ben ici aussi", now=now).seq
    found = SOURCE.look([ask(carol, room, said), ask(ben, group, other), ask(ben, room, 99), ask(ben, room, said)], now=now)
    assert [one.gone for one in found] == [True, False, True, False]
    assert [one.place for one in found] == ["", group.title, "", room.title]


def test_a_hundred_cost_what_a_few_cost(room: Room, amina: User, said: int, now: datetime, django_assert_max_num_queries: Any) -> None:
    people = [make_user(f"Voisin{number}") for number in range(40)]
    for person in people:
        join(person, room, now=now)
    for some in (people[:2], people):
        with django_assert_max_num_queries(8):
            found = SOURCE.look([ask(person, room, said) for person in some], now=now)
        assert [one.gone for one in found] == [False] * len(some)
    with django_assert_max_num_queries(3):
        SOURCE.look([ask(person, room, said, "ROOM_MESSAGE") for person in people], now=now)


# ---- Gone ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "go",
    [
        lambda room, amina, ben, seq, now: messages.delete_message(user=amina, room_public_id=room.public_id, seq=seq, now=now),
        lambda room, amina, ben, seq, now: restrictions.hide_message(room_public_id=room.public_id, seq=seq, now=now),
        lambda room, amina, ben, seq, now: memberships.leave_room(user=ben, slug=room.slug, now=now),
        lambda room, amina, ben, seq, now: Membership.objects.filter(user=ben).update(state=MemberState.BANNED),
        lambda room, amina, ben, seq, now: close(room),
        lambda room, amina, ben, seq, now: block_person(user=amina, person=ben, now=now),
        lambda room, amina, ben, seq, now: block_person(user=ben, person=amina, now=now),
        lambda room, amina, ben, seq, now: mute_person(user=ben, person=amina, now=now),
        lambda room, amina, ben, seq, now: Membership.objects.filter(user=ben).update(notify_level=NotifyLevel.NONE),
        lambda room, amina, ben, seq, now: Room.objects.filter(pk=room.pk).update(history="FROM_JOIN"),
    ],
    ids=["deleted", "hidden", "left", "banned", "closed", "blocked", "blocks", "masks", "wants nothing", "came later"],
)
def test_what_is_gone_is_gone_and_names_nothing(room: Room, amina: User, ben: User, said: int, now: datetime, go: Any) -> None:
    Membership.objects.filter(user=ben).update(joined_seq=said)
    go(room, amina, ben, said, now)
    assert look(ben, room, said, now=now) == GONE
    assert (GONE.place, GONE.sender, GONE.preview) == ("", "", "")


def test_what_has_expired_is_gone(room: Room, ben: User, said: int, now: datetime) -> None:
    assert look(ben, room, said, now=now + timedelta(days=8)) == GONE


def test_an_outsider_is_told_of_nothing(room: Room, group: Room, carol: User, said: int, now: datetime) -> None:
    for where in (room, group):
        for kind in ("MENTION", "REPLY", "ROOM_MESSAGE"):
            assert look(carol, where, said, kind, now=now) == GONE
    assert SOURCE.name_places(user_id=carol.pk, public_ids={room.public_id, group.public_id}, outside=False) == {}
    assert SOURCE.read_up_to(user_id=carol.pk, public_ids={room.public_id}) == {}


@pytest.mark.parametrize(("level", "gone"), [(NotifyLevel.ALL, False), (NotifyLevel.MENTIONS, True), (NotifyLevel.NONE, True)])
def test_a_room_is_told_of_to_those_who_follow_it(room: Room, ben: User, said: int, now: datetime, level: NotifyLevel, gone: bool) -> None:
    Membership.objects.filter(user=ben).update(notify_level=level)
    assert look(ben, room, said, "ROOM_MESSAGE", now=now).gone == gone


# ---- Read, watched, silent ------------------------------------------------------------------------------------------------------------


def test_the_cursor_says_what_was_read(room: Room, ben: User, said: int, now: datetime) -> None:
    assert not look(ben, room, said, now=now).read
    memberships.mark_read(user=ben, room_public_id=room.public_id, seq=said, now=now)
    assert look(ben, room, said, now=now).read
    assert SOURCE.read_up_to(user_id=ben.pk, public_ids={room.public_id, "z" * 20}) == {room.public_id: said}


def test_a_room_on_the_screen_is_watched_by_whoever_has_it_there(room: Room, amina: User, ben: User, said: int, now: datetime) -> None:
    presence.set_own(f"room:{room.public_id}", (ben.public_id,))
    try:
        assert look(ben, room, said, now=now).watched
        assert not look(amina, room, said, now=now).watched
    finally:
        presence.clear()
    assert not look(ben, room, said, now=now).watched


def test_a_silence_ends_by_itself(room: Room, ben: User, said: int, now: datetime) -> None:
    Membership.objects.filter(user=ben).update(hushed_until=now + HOUR)
    assert look(ben, room, said, now=now).hushed
    assert not look(ben, room, said, now=now + HOUR).hushed


# ---- Gates ----------------------------------------------------------------------------------------------------------------------------


def test_whose_proof_of_age_has_ended_hears_nothing(room: Room, ben: User, said: int, now: datetime) -> None:
    AgeAssertion.objects.filter(user=ben).update(expires_on=now.date() - timedelta(days=1))
    assert look(ben, room, said, now=now) == GONE


def test_a_sensitive_room_is_told_of_and_never_named(amina: User, ben: User, now: datetime, texts: None) -> None:
    for person in (amina, ben):
        give_consent(user=person, purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS, language="fr", now=now)
    room = make_room("croyances", age_gate=AgeGate.SENSITIVE, now=now)
    for person in (amina, ben):
        join(person, room, now=now)
    seq = say(amina, room, "@Ben ?", now=now).seq
    assert look(ben, room, seq, now=now) == Standing(discreet=True)
    mine: Any = {"user_id": ben.pk, "public_ids": {room.public_id}}
    assert SOURCE.name_places(**mine, outside=False) == {room.public_id: room.title}
    assert SOURCE.name_places(**mine, outside=True) == {}


def test_who_took_back_their_word_hears_nothing_of_it(amina: User, ben: User, now: datetime, texts: None) -> None:
    room = make_room("croyances", age_gate=AgeGate.GENERAL, now=now)
    for person in (amina, ben):
        join(person, room, now=now)
    seq = say(amina, room, "@Ben ?", now=now).seq
    Room.objects.filter(pk=room.pk).update(age_gate=AgeGate.SENSITIVE)
    assert look(ben, room, seq, now=now) == GONE


@pytest.mark.parametrize(("open_here", "gone"), [(True, False), (False, True)])
def test_a_room_with_a_proof_each_visit_is_told_of_without_a_name_where_it_is_open(
    room: Room, ben: User, said: int, now: datetime, settings: Any, open_here: bool, gone: bool
) -> None:
    settings.AGE_SEXUAL_JURISDICTIONS = (Jurisdiction.FR,) if open_here else ()
    Room.objects.filter(pk=room.pk).update(age_gate=AgeGate.SEXUAL)
    assert look(ben, room, said, now=now) == (GONE if gone else Standing(discreet=True))
    assert SOURCE.name_places(user_id=ben.pk, public_ids={room.public_id}, outside=False) == {}
