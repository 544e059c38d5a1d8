"""Expressions in linear time: the starting ones find what they should, and none can stop a server."""

from __future__ import annotations

import time

import pytest

from moderation.screening.normalize import normalize
from moderation.screening.patterns import MOST_HITS, BadPattern, PatternSet, compile_pattern
from moderation.services.packaged import read_packaged

RULES = {rule.key: rule for rule in read_packaged()}


def packaged(key: str, view: str = "digits") -> PatternSet:
    lines = RULES[key].text.splitlines()
    return PatternSet([line.removeprefix(f"{view}: ") for line in lines if line.startswith(f"{view}: ")])


@pytest.mark.parametrize(
    "text",
    [
        "+261 34 12 345 67",
        "appelle +261341234567 vite",
        "034 12 345 67",
        "00261 33 12 345 67",
        "٠٣٤ ١٢ ٣٤٥ ٦٧",
        "06 12 34 56 78",
        "+33 6 12 34 56 78",
        "0033612345678",
        "FR76 3000 6000 0112 3456 7890 189",
        "amina@example.org",
        "4111 1111 1111 1111",
        "12 rue des Lilas",
        "3 bis, avenue de la Gare",
    ],
)
def test_contacts_are_found(text: str) -> None:
    assert packaged("personal-data").find(normalize(text).digits)


@pytest.mark.parametrize(
    "text", ["J'ai payé 25 000 Ar", "rdv à 18h30 le 12/10", "la rue est longue", "version 3.11.2", "200 g de riz, 3 oeufs"]
)
def test_everyday_numbers_are_no_contacts(text: str) -> None:
    assert packaged("personal-data").find(normalize(text).digits) == []


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+$", r"(a|aa)*b", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(?:x?){40}x{40}"],
)
def test_what_stops_other_engines_takes_no_time_here(pattern: str) -> None:
    begun = time.perf_counter()
    PatternSet([f"z{pattern}"]).find("z" + "a" * 4000 + "!")
    assert time.perf_counter() - begun < 1.0


@pytest.mark.parametrize(
    "pattern", [r"(", r"a{5000}", r"(?=a)b", r"(a)\1", r"[z-a]", r"(?<!a)b", "a*", "", "x" * 4001, r"((a{100}){100}){100}"]
)
def test_what_the_engine_does_not_take_is_refused_with_a_reason(pattern: str) -> None:
    with pytest.raises(BadPattern) as refusal:
        compile_pattern(pattern)
    assert str(refusal.value)


def test_each_expression_is_told_with_its_places() -> None:
    patterns = PatternSet([r"\bdeux\b", r"\bun\b", r"jamais"])
    assert patterns.find("un et deux et un") == [(0, 6, 10), (1, 0, 2), (1, 14, 16)]
    assert PatternSet([]).find("un") == []


def test_places_count_characters_and_not_bytes() -> None:
    assert PatternSet(["deux"]).find("été 😀 deux") == [(0, 6, 10)]


def test_of_one_expression_a_few_places_are_enough() -> None:
    assert len(PatternSet(["a"]).find("a" * 50)) == MOST_HITS
    assert len(PatternSet(["a"], most=20).find("a" * 50)) == 20
