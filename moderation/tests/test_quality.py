"""What the rules of a release do to people who do no harm: bounds that are published, asserted with every rule in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.screening import Quality, Row, measure_quality, measure_speed, read_hatecheck
from moderation.services.backtests import read_benign

HAND_WRITTEN = {"fr": 268, "en": 210, "mg": 137}  # they come first in each file, and are the harder ones


@pytest.fixture(scope="module")
def quality() -> Quality:
    return measure_quality()


def rows(quality: Quality, *names: str) -> Row:
    """The sum over both languages and the functions named."""
    picked = [both[0] for by_name in quality.checks.values() for name, both in by_name.items() if name in names]
    return Row(sum(row.texts for row in picked), sum(row.nudged for row in picked), sum(row.held for row in picked))


def test_the_benign_set_is_what_its_readme_says() -> None:
    lines = dict(read_benign())
    assert {language: len(found) for language, found in lines.items()} == {"fr": 850, "en": 650, "mg": 500}
    assert sum(len(set(found)) for found in lines.values()) == 2000
    assert sum(HAND_WRITTEN.values()) == 615


def test_at_most_one_benign_line_in_two_hundred_is_held(quality: Quality) -> None:
    held = sum(row.held for row in quality.benign.values())
    assert held == len(quality.benign_held)
    assert held / sum(row.texts for row in quality.benign.values()) <= 0.005
    hand_written = {line for language, lines in read_benign() for line in lines[: HAND_WRITTEN[language]]}
    assert len(hand_written.intersection(quality.benign_held)) / len(hand_written) <= 0.005


def test_few_benign_lines_are_asked_about(quality: Quality) -> None:
    assert sum(row.nudged for row in quality.benign.values()) / 2000 <= 0.01


def test_groups_named_neutrally_or_kindly_are_not_held(quality: Quality) -> None:
    named = rows(quality, "ident_neutral_nh", "ident_pos_nh")
    assert named.texts == 342
    assert named.held / named.texts <= 0.05
    assert named.nudged / named.texts <= 0.05


def test_speech_against_hate_is_not_held(quality: Quality) -> None:
    against = rows(quality, "counter_quote_nh", "counter_ref_nh", "negate_neg_nh")
    assert against.texts == 462
    assert against.held / against.texts <= 0.05


def test_hate_that_is_said_plainly_is_seen_more_often_than_not(quality: Quality) -> None:
    """A floor, lest the bounds above be met by rules that see nothing."""
    plain = rows(quality, "derog_dehum_h", "derog_neg_emote_h", "threat_norm_h", "phrase_opinion_h")
    assert plain.held / plain.texts >= 0.6
    slurs = rows(quality, "slur_h")
    assert slurs.nudged / slurs.texts >= 0.5


def test_both_halves_of_the_table_are_there(quality: Quality) -> None:
    assert {language: len(by_name) for language, by_name in quality.checks.items()} == {"fr": 27, "en": 29}
    everything, agreed = quality.checks["fr"]["ident_neutral_nh"]
    assert (everything.texts, agreed.texts) == (70, 27)
    assert sum(1 for _row in read_hatecheck("fr")) == 1862


def test_the_figures_can_be_written_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(
        "sys.argv", ["benchmarks", "screening", "--terms", "100", "--rounds", "1", "--json", str(tmp_path / "figures.json")]
    )
    main()
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["speed"]["terms"] == 100
    assert figures["quality"]["benign"]["mg"]["texts"] == 500
    printed = capsys.readouterr().out
    assert "ident_neutral_nh" in printed
    assert "Microseconds of processor per message, 100 terms, 2000 messages" in printed


def test_twenty_thousand_terms_are_looked_for_in_a_fraction_of_a_millisecond() -> None:
    """The goal is 1 ms for 99 in 100; the bound leaves room for a busy machine, not for a slower way of looking."""
    speed = measure_speed(terms=20_000, rounds=1)
    assert speed["messages"] == 2000
    assert speed["p50"] < 500
    assert speed["p99"] < 3000
