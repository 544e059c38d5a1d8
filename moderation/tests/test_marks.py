"""Places meet their text again: the right version of it, the right words, and the name of what found them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import NOON
from chat.access import forget_rooms
from chat.services import holding, messages
from chat.services.held import Held
from chat.tests.factories import say
from chat.tests.screeners import marking
from core.screening import Hit
from moderation.enums import RuleKind, RuleOutcome, RuleTopic, TargetKind
from moderation.models import Rule, RuleHit, RuleVersion, StaffProfile
from moderation.queries.marks import Part, Words, find_marks, mark
from moderation.queries.sights import Line, list_sights
from moderation.services.held import open_held_case
from moderation.services.hits import record_hits
from moderation.services.reading import read_case
from moderation.tests.reporting import case_of, insult, report

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
HeldMessage = apps.get_model("chat", "HeldMessage")
TEXT = "Espèce de crétin, va"


def version(title: str = "Insultes", kind: RuleKind = RuleKind.TERMS, number: int = 2) -> RuleVersion:
    rule = Rule.objects.create(key=title.lower(), title=title, kind=kind, topic=RuleTopic.INSULT, created_at=NOON)
    return RuleVersion.objects.create(rule=rule, number=number, outcome=RuleOutcome.HOLD, text="crétin", made_at=NOON)


def found(of: RuleVersion, room: Room, ref: Any, start: int, end: int, *, shadow: bool = False) -> None:
    record_hits(room_id=room.pk, ref=str(ref), held=False, hits=[Hit(of.rule_id, of.number, start, end, shadow)], now=NOON)


def seq_of(ref: str) -> int:
    return int(ref.partition(":")[2])


def lines_of(sheets: list[dict[str, Any]]) -> list[Line]:
    return [line for sight in list_sights(sheets, find_marks(sheets)) for line in sight.lines]


def pieces(words: Words) -> list[tuple[str, tuple[str, ...]]]:
    return [(part.text, part.rules) for part in words.parts]


# ---- One text ----------------------------------------------------------------------------------------------------------------------
def cut(text: str, *places: tuple[str, int, int]) -> list[tuple[str, tuple[str, ...]]]:
    hits = []
    for title, start, end in places:
        rule = Rule(title=title, kind=RuleKind.TERMS)
        hits.append(RuleHit(version=RuleVersion(rule=rule, number=1), start=start, end=end, shadow=False))
    words = mark(text, hits)
    assert words.text == text, "nothing of it is lost or said twice"
    return pieces(words)


def test_a_text_is_cut_where_something_was_found() -> None:
    assert cut("abcdef") == [("abcdef", ())]
    assert cut("abcdef", ("A", 2, 4)) == [("ab", ()), ("cd", ("A, version 1",)), ("ef", ())]
    assert cut("abcdef", ("A", 0, 6)) == [("abcdef", ("A, version 1",))]
    assert cut("abcdef", ("B", 4, 6), ("A", 0, 2)) == [("ab", ("A, version 1",)), ("cd", ()), ("ef", ("B, version 1",))]
    assert cut("") == []


def test_what_overlaps_is_one_piece_with_every_name_once() -> None:
    assert cut("abcdef", ("A", 0, 4), ("B", 1, 2), ("A", 3, 5)) == [("abcde", ("A, version 1", "B, version 1")), ("f", ())]
    assert cut("abcd", ("A", 0, 2), ("B", 2, 4)) == [("ab", ("A, version 1",)), ("cd", ("B, version 1",))]


@pytest.mark.parametrize("place", [(2, 9), (4, 4), (3, 2)])
def test_a_place_that_the_text_does_not_have_is_left_out(place: tuple[int, int]) -> None:
    assert cut("abcdef", ("A", *place)) == [("abcdef", ())]


# ---- The texts of a case -----------------------------------------------------------------------------------------------------------
def test_each_version_shows_what_was_found_in_it(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    ref, insults = insult(ben, room, TEXT), version()
    edit = messages.edit_message(user=ben, room_public_id=room.public_id, seq=seq_of(ref), body="Pardon, crétin chéri", now=NOON)
    assert edit is not None
    found(insults, room, seq_of(ref), 10, 16)
    found(insults, room, edit.seq, 8, 14, shadow=True)
    (line,) = lines_of(read_case(case=case_of(report(amina, ref)), by=mod, now=NOON))
    assert pieces(line.words) == [("Pardon, ", ()), ("crétin", ("Insultes, version 2, à l’essai",)), (" chéri", ())]
    assert [pieces(words) for words in line.before] == [[("Espèce de ", ()), ("crétin", ("Insultes, version 2",)), (", va", ())]]
    assert (line.text, line.earlier) == ("Pardon, crétin chéri", (TEXT,))


def test_what_stands_around_it_is_marked_too_and_other_rooms_are_not(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    before, ref, insults = say(ben, room, "crétin va"), insult(ben, room, "rien"), version()
    found(insults, room, before.seq, 0, 6)
    record_hits(room_id=room.pk + 1, ref=str(seq_of(ref)), held=False, hits=[Hit(insults.rule_id, 2, 0, 4)], now=NOON)
    around, picked = lines_of(read_case(case=case_of(report(amina, ref)), by=mod, now=NOON))
    assert pieces(around.words) == [("crétin", ("Insultes, version 2",)), (" va", ())]
    assert pieces(picked.words) == [("rien", ())]


def test_a_message_that_waits_shows_its_own_hits_and_what_weighed_all_of_it(ben: User, room: Room, mod: StaffProfile) -> None:
    insults, conduct = version(), version("Conduite", RuleKind.BEHAVIOUR, 5)
    held_id = keep(ben, room)
    found(insults, room, held_id, 0, 6)
    found(conduct, room, held_id, 0, 13)
    case = open_held_case(held_id=held_id, hits=(), now=NOON)
    assert case is not None
    (line,) = lines_of(read_case(case=case, by=mod, now=NOON))
    assert line.words == Words((Part("crétin", ("Insultes, version 2",)), Part(" [hold]")), ("Conduite, version 5",))


def test_what_waited_keeps_its_marks_once_it_is_in_the_log(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    held_id = keep(ben, room)
    found(version(), room, held_id, 0, 6)
    seq = holding.release_held(held_id=held_id, now=NOON).seq
    (line,) = lines_of(read_case(case=case_of(report(amina, f"{room.public_id}:{seq}")), by=mod, now=NOON))
    assert pieces(line.words) == [("crétin", ("Insultes, version 2",)), (" [hold]", ())]


def keep(author: User, room: Room) -> str:
    with marking(), pytest.raises(Held):
        say(author, room, "crétin [hold]", cid=uuid.uuid4())
    return str(HeldMessage.objects.get(author=author).public_id)


# ---- Cost and edges ----------------------------------------------------------------------------------------------------------------
def test_three_queries_whatever_was_found(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    ref, insults = insult(ben, room, TEXT), version()
    sheets = read_case(case=case_of(report(amina, ref)), by=mod, now=NOON)
    for number in range(4):
        found(version(f"Autre{number}"), room, seq_of(ref), number, number + 2)
        found(insults, room, seq_of(ref), 10, 16)
        forget_rooms()
        with CaptureQueriesContext(connection) as queries:
            marks = find_marks(sheets)
        assert len(queries) == 3
        assert len(marks[str(seq_of(ref))]) == number + 2


def test_an_older_snapshot_a_profile_and_a_room_that_is_gone_are_shown_unmarked(amina: User, ben: User, room: Room) -> None:
    insults = version()
    found(insults, room, 7, 0, 6)
    line: dict[str, Any] = {"seq": 7, "author": None, "at": NOON.isoformat(), "reply": None, "images": [], "withdrawn": ""}
    texts = [{"at": NOON.isoformat(), "text": text} for text in ("crétin", "crétin !")]
    old = {
        "target": {"kind": TargetKind.MESSAGE, "ref": "x:7"},
        "facts": {"room": {"public_id": room.public_id}, "message": {**line, "versions": texts}},
    }
    (shown,) = lines_of([old])
    assert (pieces(shown.words), pieces(shown.before[0])) == ([("crétin !", ())], [("crétin", ("Insultes, version 2",))])
    assert find_marks([{"facts": {"profile": {"pseudonym": "Ben"}}}]) == {}
    assert find_marks([{"facts": {"room": {"public_id": "z" * 20}, "message": {**line, "versions": texts}}}]) == {}
    assert list_sights([{"facts": {"room": {"public_id": room.public_id}, "message": None, "image": "i"}}])[0].lines == ()
