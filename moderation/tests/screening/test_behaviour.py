"""Signs in what people do: counted for an hour, as fingerprints, each person apart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from moderation.screening.behaviour import HOUR, Conduct, Memory, Weights, weigh
from moderation.screening.simhash import are_near, simhash

AD = "bonjour ma belle je cherche une femme serieuse pour mariage ecris moi vite sur le numero en bas"
WEIGHTS = Weights(
    new_account=0.3,
    young_account=0.1,
    many_places=0.4,
    places_limit=3,
    same_text=0.6,
    same_text_limit=3,
    reporter=0.2,
    reporters_cap=3,
    banned_device=0.5,
    hold_at=1.0,
)


def test_one_text_with_a_word_changed_is_one_text() -> None:
    changed = AD.replace("serieuse", "honnete")
    assert are_near(simhash(AD) or 0, simhash(changed) or 0)


@pytest.mark.parametrize(
    "other",
    [
        "quelqu'un sait a quelle heure part le dernier taxi brousse pour antsirabe ce soir",
        "je vends un velo presque neuf avec ses papiers a prendre a ivandry cette semaine merci",
    ],
)
def test_other_texts_are_other_texts(other: str) -> None:
    assert not are_near(simhash(AD) or 0, simhash(other) or 0)


def test_greetings_have_no_fingerprint() -> None:
    assert simhash("salut ca va toi") is None


def test_places_and_copies_are_counted_for_an_hour() -> None:
    memory = Memory()
    seen = [memory.note(user_id=1, place=place, text=AD, at=float(place)) for place in (1, 2, 3)]
    assert seen == [Conduct(1, 1), Conduct(2, 2), Conduct(3, 3)]
    assert memory.note(user_id=1, place=3, text=AD, at=4.0) == Conduct(3, 3), "twice in one place is one place"
    assert memory.note(user_id=1, place=9, text=AD, at=2.0 + HOUR) == Conduct(2, 2), "what is an hour old is forgotten"


def test_people_are_counted_apart() -> None:
    memory = Memory()
    for place in range(5):
        memory.note(user_id=1, place=place, text=AD, at=1.0)
    assert memory.note(user_id=2, place=7, text=AD, at=1.0) == Conduct(1, 1)


def test_different_texts_in_many_places_are_many_places_alone() -> None:
    memory = Memory()
    memory.note(user_id=1, place=1, text=AD, at=1.0)
    assert memory.note(user_id=1, place=2, text="quel temps fait il chez vous ce matin", at=2.0) == Conduct(2, 1)


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moderation.screening.behaviour._MOST_PEOPLE", 3)
    memory = Memory()
    for user_id in range(10):
        memory.note(user_id=user_id, place=1, text=AD, at=1.0)
    assert memory.note(user_id=0, place=2, text=AD, at=1.0) == Conduct(1, 1), "the oldest are forgotten"
    assert memory.note(user_id=9, place=2, text=AD, at=1.0) == Conduct(2, 2)


@pytest.mark.parametrize(
    ("age", "conduct", "reporters", "banned", "sum_"),
    [
        (timedelta(hours=1), Conduct(), 0, False, 0.4),
        (timedelta(days=3), Conduct(), 0, False, 0.1),
        (timedelta(days=30), Conduct(), 0, False, 0.0),
        (timedelta(days=3), Conduct(places=4), 0, False, 0.5),
        (timedelta(days=30), Conduct(places=4), 0, False, 0.0),
        (timedelta(days=30), Conduct(same_text_places=3), 0, False, 0.6),
        (timedelta(days=30), Conduct(), 2, False, 0.4),
        (timedelta(days=30), Conduct(), 50, False, 0.6),
        (timedelta(days=30), Conduct(), 0, True, 0.5),
        (timedelta(hours=1), Conduct(4, 3), 3, True, 2.5),
    ],
)
def test_each_sign_weighs_what_the_rule_says(age: timedelta, conduct: Conduct, reporters: int, banned: bool, sum_: float) -> None:
    assert weigh(WEIGHTS, age=age, conduct=conduct, reporters=reporters, on_banned_device=banned) == pytest.approx(sum_)
