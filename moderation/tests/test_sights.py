"""A snapshot as a person reads it: the reported words among the others, and who and where beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moderation.queries.sights import list_sights

AT = "2026-11-23T12:00:00Z"


def message(seq: int, text: str, name: str | None = "Ben", **more: Any) -> dict[str, Any]:
    author = {"id": "x", "name": name} if name else None
    versions = [{"at": AT, "text": words} for words in (*more.pop("before", ()), text)]
    return {"seq": seq, "author": author, "at": AT, "versions": versions, "reply": None, "images": [], "withdrawn": "", **more}


def sheet(**facts: Any) -> dict[str, Any]:
    return {"version": 1, "facts": facts}


ROOM = {"title": "Cuisine", "rules": "Pas d’insultes.", "description": "On mange.", "members": 12}


def test_the_talk_stands_in_its_order_and_the_reported_line_is_marked() -> None:
    told = sheet(room=ROOM, message=message(5, "Insulte"), context=[message(6, "Oh !", "Amina"), message(4, "Bonjour", None)])
    (sight,) = list_sights([told])
    assert [(line.name, line.text, line.picked) for line in sight.lines] == [
        ("Une personne partie", "Bonjour", False),
        ("Ben", "Insulte", True),
        ("Amina", "Oh !", False),
    ]
    assert sight.lines[0].at == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert sight.facts == (("Salon", "Cuisine"), ("Règles du salon", "Pas d’insultes."))


def test_what_it_said_before_is_shown_of_the_reported_line_alone() -> None:
    told = sheet(message=message(5, "Bonjour", before=["Insulte"], withdrawn="DELETED"), context=[message(6, "b", before=["a"])])
    (sight,) = list_sights([told])
    assert [(line.text, line.earlier, line.withdrawn) for line in sight.lines] == [("Bonjour", ("Insulte",), True), ("b", (), False)]


def test_a_message_that_a_rule_keeps_back_says_why_it_waits() -> None:
    (sight,) = list_sights([sheet(room=ROOM, message=message(0, "Achetez !", images=["a"]), held={"why": "RULE", "corrects": None})])
    assert [(line.text, line.images, line.picked) for line in sight.lines] == [("Achetez !", 1, True)]
    assert "Motif de la retenue" in dict(sight.facts)


def test_a_profile_and_a_room_are_facts_without_talk() -> None:
    profile = {"pseudonym": "Ben", "bio": "Je cours.", "gender_text": ""}
    (person,) = list_sights([sheet(profile=profile)])
    assert (person.lines, person.facts) == ((), (("Profil", "Ben"), ("Présentation", "Je cours.")))
    (room,) = list_sights([sheet(room=ROOM, owner={"pseudonym": "Zo"})])
    assert ("Responsable du salon", "Zo") in room.facts
    assert ("Membres", "12") in room.facts
    assert list_sights([sheet(room=ROOM, message=message(1, "a", None), author=None)])[0].lines[0].name == "Une personne partie"


def test_what_two_reports_saw_alike_stands_once_and_what_changed_twice() -> None:
    first, second = sheet(message=message(1, "a")), sheet(message=message(1, "b", before=["a"]))
    assert len(list_sights([first, first, second])) == 2
