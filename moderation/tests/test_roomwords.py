"""Words that owners of a room watch: theirs to choose, in their room alone, at once, and never a way to judge or to stop the house."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.services.relations import block_person
from accounts.tests.factories import NOON, make_user
from chat.access import NotAllowed, NotMember, RoomGone, get_moderator_seat, get_owner_seat, get_seat
from chat.queries.deeds import list_deeds
from chat.services import holding, undoing
from chat.services.errors import ChatError
from chat.services.held import Held
from chat.services.screens import Nudge
from chat.services.undoing import undo_deed
from chat.tests.factories import close, join, make_room, say
from core.models import AuditEntry
from moderation.enums import RuleOutcome, RuleState, ScreenedFate
from moderation.models import Case, HoldsOfDay, Rule, RuleHit, RuleVersion
from moderation.queries.roomwords import find_in_last_day, list_room_words
from moderation.queries.rules import list_rules
from moderation.services.hits import FEWEST_SETTLED, put_noisy_rules_on_trial
from moderation.services.holdings import count_holds
from moderation.services.roomwords import (
    LONGEST,
    MOST_WORDS,
    BadWord,
    ChangedTooOften,
    TooManyWords,
    WordKnown,
    WordUnknown,
    add_word,
    drop_word,
    read_word,
)
from moderation.services.rulebook import Watcher, read_number
from moderation.services.screening import screener
from notifications.tests.factories import deliver_all

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
HeldMessage, RoomDeed = (apps.get_model("chat", name) for name in ("HeldMessage", "RoomDeed"))


@pytest.fixture
def zo(room: Room) -> User:
    """Who answers for the room."""
    zo = make_user("Zora")
    join(zo, room, role="OWNER")
    return zo


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    cache.clear()
    yield
    screener.forget()


def watch(owner: User, room: Room, word: str, outcome: RuleOutcome = RuleOutcome.HOLD, **more: Any) -> str:
    return add_word(user=owner, slug=room.slug, word=word, outcome=outcome, now=more.pop("now", NOON), **more)


def drop(owner: User, room: Room, word: str, **more: Any) -> None:
    drop_word(user=owner, slug=room.slug, word=word, now=NOON, **more)


def words(room: Room) -> list[tuple[str, str]]:
    return [(one.word, one.outcome) for one in list_room_words(room_id=room.pk)]


def look() -> None:
    """What the thread of every web process does within two seconds."""
    Watcher().look(now=NOON)


def hear(author: User, room: Room, body: str, **more: Any) -> str:
    """What the room answers to somebody who writes this: the code of the refusal, or nothing."""
    try:
        say(author, room, body, cid=uuid.uuid4(), **more)
    except ChatError as error:
        return error.code
    return ""


# ---- The list ----------------------------------------------------------------------------------------------------------------------
def test_words_are_added_and_dropped_and_each_change_is_a_version_in_force(zo: User, room: Room) -> None:
    page = read_number()
    assert watch(zo, room, "  Belle   MÈRE ") == "belle mère"
    watch(zo, room, "moto", RuleOutcome.NUDGE)
    watch(zo, room, "vélo")
    assert words(room) == [("moto", "NUDGE"), ("belle mère", "HOLD"), ("vélo", "HOLD")]
    drop(zo, room, "belle mère")
    assert words(room) == [("moto", "NUDGE"), ("vélo", "HOLD")]
    assert read_number() == page + 4
    (version,) = RuleVersion.objects.filter(outcome="HOLD", state=RuleState.ACTIVE)
    assert (version.number, version.text, version.made_by, version.active_key) == (3, "vélo", None, version.rule_id)
    assert version.scope == {"rooms": [room.pk], "kinds": ["MESSAGE", "EDIT"]}
    drop(zo, room, "vélo")
    assert words(room) == [("moto", "NUDGE")]
    assert not RuleVersion.objects.filter(outcome="HOLD", state=RuleState.ACTIVE).exists()
    watch(zo, room, "vélo")
    assert words(room) == [("moto", "NUDGE"), ("vélo", "HOLD")]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "a",
        "12",
        "é",
        "idiot(e)",
        "# note",
        "mo*",
        "a.b",
        "let x = y",
        "words: x",
        "x" * (LONGEST + 1),
        "ab\u0000",
        "-ab",
        "ab\u200b-",
    ],
)
def test_what_is_no_word_is_refused(typed: str, zo: User, room: Room) -> None:
    if typed == "ab\u0000":  # what nobody sees is taken away, as everywhere
        assert read_word(typed) == "ab"
        return
    with pytest.raises(BadWord):
        watch(zo, room, typed)
    assert (words(room), RoomDeed.objects.count(), RuleVersion.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize("typed", ["moto", "MOTO", "môto", "m0to", "mo\u200bto", "мoto"])
def test_a_word_in_disguise_is_the_same_word_in_either_list(typed: str, zo: User, room: Room) -> None:
    watch(zo, room, "moto")
    with pytest.raises((WordKnown, BadWord)):
        watch(zo, room, typed, RuleOutcome.NUDGE)
    assert words(room) == [("moto", "HOLD")]


def test_fifty_words_in_both_lists_together_and_thirty_changes_an_hour(zo: User, room: Room) -> None:
    for number in range(30):
        watch(zo, room, f"mot{number} x", RuleOutcome.NUDGE if number % 2 else RuleOutcome.HOLD)
    with pytest.raises(ChangedTooOften):
        watch(zo, room, "mot30 x")
    assert len(words(room)) == 30
    for number in range(30, MOST_WORDS):
        cache.clear()
        watch(zo, room, f"mot{number} x")
    with pytest.raises(TooManyWords):
        watch(zo, room, "un de trop")
    assert len(words(room)) == MOST_WORDS
    with pytest.raises(WordUnknown):
        drop(zo, room, "jamais vu")


def test_wordings_that_found_nothing_are_forgotten_and_those_that_did_are_kept(zo: User, room: Room) -> None:
    watch(zo, room, "moto")
    watch(zo, room, "vélo", now=NOON)
    used = RuleVersion.objects.get(state=RuleState.ACTIVE)
    RuleHit.objects.create(version=used, room_id=room.pk, ref="1", start=0, end=4, shadow=False, held=True, at=NOON)
    watch(zo, room, "auto", now=NOON)
    watch(zo, room, "bus", now=NOON + timedelta(days=2))
    assert sorted(RuleVersion.objects.values_list("number", "state")) == [(2, "RETIRED"), (3, "RETIRED"), (4, "ACTIVE")]
    watch(zo, room, "train", now=NOON + timedelta(days=4))
    assert sorted(RuleVersion.objects.values_list("number", flat=True)) == [2, 4, 5]


# ---- Whose it is -------------------------------------------------------------------------------------------------------------------
def test_nobody_but_an_owner_changes_it(amina: User, carol: User, zo: User, room: Room) -> None:
    watch(zo, room, "moto")
    rado = make_user("Rado")
    join(rado, room, role="MODERATOR")
    for person, refusal in ((amina, NotAllowed), (rado, NotAllowed), (carol, NotMember)):
        with pytest.raises(refusal):
            watch(person, room, "vélo")
        with pytest.raises(refusal):
            drop(person, room, "moto")
    other = make_room("ailleurs")
    join(zo, other)
    with pytest.raises(NotAllowed):
        watch(zo, other, "moto")
    close(room)
    with pytest.raises(RoomGone):
        drop(zo, room, "moto")
    assert (words(room), words(other)) == ([("moto", "HOLD")], [])


def test_the_journal_says_it_to_all_members_without_the_word_and_there_is_no_button_to_undo(amina: User, zo: User, room: Room) -> None:
    watch(zo, room, "moto", reason="trop de pub")
    drop(zo, room, "moto")
    last, first = list_deeds(membership=get_seat_of(amina, room))
    assert (first.act, first.role, first.reason, first.by) == ("ADD_WORD", "OWNER", "trop de pub", None)
    assert (last.act, last.undoable, first.undoable, dict(first.fields)) == ("DROP_WORD", False, False, {})
    with pytest.raises(undoing.NotUndoable):
        undo_deed(user=zo, slug=room.slug, deed_id=first.public_id, now=NOON)
    assert not AuditEntry.objects.filter(object_kind="rule").exists(), "the chain is the team's"


def get_seat_of(user: User, room: Room) -> Any:
    return get_seat(user=user, slug=room.slug, now=NOON).membership


# ---- What follows ------------------------------------------------------------------------------------------------------------------
def test_it_asks_or_holds_in_its_room_at_once_and_nowhere_else(amina: User, zo: User, room: Room) -> None:
    other = make_room("ailleurs")
    join(amina, other)
    watch(zo, room, "moto")
    watch(zo, room, "bus", RuleOutcome.NUDGE)
    assert hear(amina, room, "ma moto") == "", "before a process has looked"
    look()
    assert [hear(amina, room, body) for body in ("ma m0to", "le bus", "motocross et autobus")] == ["held", "nudge", ""]
    assert hear(amina, room, "le bus", sure=True) == ""
    assert hear(amina, other, "ma moto en bus") == ""
    assert hear(zo, room, "ni moto ni bus") == "", "who keeps the room may name what it does not want"
    drop(zo, room, "moto")
    look()
    assert hear(amina, room, "ma moto encore") == ""


def test_the_sender_is_told_in_kind_words_whose_wish_it_is(amina: User, zo: User, room: Room) -> None:
    watch(zo, room, "bus", RuleOutcome.NUDGE)
    look()
    with pytest.raises(Nudge) as asked:
        say(amina, room, "le bus")
    assert str(asked.value.words).replace("\u00a0", " ") == "Ce salon demande d’éviter ces mots. Voulez-vous les envoyer quand même ?"


def test_what_it_holds_is_the_rooms_to_decide_and_counts_for_its_list_alone(amina: User, zo: User, room: Room) -> None:
    now = timezone.now()
    watch(zo, room, "moto", now=now)
    look()
    with pytest.raises(Held):
        say(amina, room, "ma moto", cid=uuid.uuid4(), now=now)
    deliver_all()
    held = HeldMessage.objects.get()
    assert (held.why, Case.objects.count()) == ("RULE", 0)
    hit = RuleHit.objects.get(ref=held.public_id)
    assert (hit.version.rule.room_id, hit.start, hit.end, hit.held) == (room.pk, 3, 7, True)
    by = get_moderator_seat(user=zo, slug=room.slug, now=now)
    holding.release_held(held_id=held.public_id, by=by, now=now)
    deliver_all()
    assert RuleHit.objects.get().fate == ScreenedFate.RELEASED
    assert (count_holds(now=now), HoldsOfDay.objects.count()) == (0, 0), "how often the house errs is another figure"


def test_a_list_whose_holds_are_let_through_comes_to_rest_until_it_changes(amina: User, zo: User, room: Room) -> None:
    watch(zo, room, "moto")
    watch(zo, room, "bus", RuleOutcome.NUDGE)
    version = RuleVersion.objects.get(outcome="HOLD", state=RuleState.ACTIVE)
    for number in range(FEWEST_SETTLED):
        fate = ScreenedFate.RELEASED if number < 4 else ScreenedFate.REFUSED
        RuleHit.objects.create(
            version=version, room_id=room.pk, ref=f"h{number}", start=0, end=4, shadow=False, held=True, fate=fate, at=NOON
        )
    assert len(put_noisy_rules_on_trial(now=NOON)) == 1
    assert [(one.word, one.resting) for one in list_room_words(room_id=room.pk)] == [("bus", False), ("moto", True)]
    look()
    assert hear(amina, room, "ma moto") == ""
    watch(zo, room, "vélo")
    assert [(one.word, one.resting) for one in list_room_words(room_id=room.pk)] == [("bus", False), ("moto", False), ("vélo", False)]
    look()
    assert hear(amina, room, "ma moto") == "held"


def test_the_rules_of_the_house_are_not_lengthened_by_those_of_rooms(zo: User, room: Room) -> None:
    watch(zo, room, "moto")
    assert list_rules() == []
    assert set(Rule.objects.values_list("room_id", flat=True)) == {room.pk}


# ---- The last day ------------------------------------------------------------------------------------------------------------------
def last_day(user: User, room: Room, *looked_for: str) -> tuple[int, dict[str, list[str]]]:
    seat = get_owner_seat(user=user, slug=room.slug, now=NOON)
    day = find_in_last_day(user=user, seat=seat, words=looked_for, now=NOON)
    return day.read, {word: [message.body for message in found] for word, found in day.found.items()}


def test_a_word_is_tried_on_what_members_said_in_the_last_day(amina: User, ben: User, zo: User, room: Room) -> None:
    say(amina, room, "moto d’hier", now=NOON - timedelta(hours=25))
    say(amina, room, "ma MOTO", now=NOON - timedelta(hours=23))
    say(ben, room, "motocross", now=NOON - timedelta(hours=2))
    say(ben, room, "moto et vélo, moto", now=NOON - timedelta(hours=1))
    say(zo, room, "pas de moto ici", now=NOON)
    assert last_day(zo, room, "moto", "vélo", "bus") == (3, {"moto": ["moto et vélo, moto", "ma MOTO"], "vélo": ["moto et vélo, moto"]})
    assert last_day(zo, room) == (0, {})


def test_an_owner_is_shown_nothing_that_they_could_not_read(amina: User, ben: User, zo: User, room: Room) -> None:
    say(amina, room, "moto", now=NOON)
    say(ben, room, "moto aussi", now=NOON)
    block_person(user=ben, person=zo, now=NOON)
    assert last_day(zo, room, "moto") == (1, {"moto": ["moto"]})


def test_the_last_day_costs_the_same_for_one_message_and_for_five(amina: User, zo: User, room: Room) -> None:
    asked = []
    for number in range(2):
        for _message in range(1 + 4 * number):
            say(amina, room, "ma moto", now=NOON)
        seat = get_owner_seat(user=zo, slug=room.slug, now=NOON)
        with CaptureQueriesContext(connection) as queries:
            find_in_last_day(user=zo, seat=seat, words=["moto", "bus"], now=NOON)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 5
