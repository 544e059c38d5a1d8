"""A ranker learns what it is shown, the same each time, and is measured on what it was not shown."""

from __future__ import annotations

import numpy as np
import pytest

from moderation.screening.ranking import SIZE, cross_validate, measure_auc, pieces_of, train

BAD = [f"espèce de {word} va" for word in ("crétin", "abruti", "crétine", "abrutie", "crétins", "abrutis", "gros crétin", "pauvre abruti")]
GOOD = [f"bonjour {word} ça va" for word in ("Amina", "Ben", "Carole", "Toky", "Fara", "Hery", "les amis", "tout le monde")]
TEXTS, ACTED = BAD + GOOD, [True] * len(BAD) + [False] * len(GOOD)


def test_what_was_learned_ranks_first() -> None:
    ranker = train(TEXTS, ACTED)
    assert min(ranker.rank(text) for text in BAD) > 0.5 > max(ranker.rank(text) for text in GOOD)
    assert ranker.rank("quel abruti celui-là") > ranker.rank("salut Amina")
    assert ranker.rank("quel @brut1 celui-là") == ranker.rank("quel abruti celui-là"), "disguises come off"


def test_learning_twice_is_the_same() -> None:
    one, two = train(TEXTS, ACTED), train(TEXTS, ACTED)
    assert np.array_equal(one.weights, two.weights)
    assert (one.scale, one.bias) == (two.scale, two.bias)


def test_a_rare_answer_weighs_as_much_as_a_frequent_one() -> None:
    ranker = train(BAD[:2] + GOOD * 6, [True] * 2 + [False] * (6 * len(GOOD)))
    assert ranker.rank("espèce de crétin va") > 0.5


@pytest.mark.parametrize("text", ["", "   ", "\u200b"])
def test_an_empty_text_has_a_rank_too(text: str) -> None:
    assert pieces_of(text).size == 0
    assert 0.0 < train(TEXTS, ACTED).rank(text) < 1.0


def test_texts_of_one_answer_alone_break_nothing() -> None:
    assert train(GOOD, [False] * len(GOOD)).rank("bonjour") < 0.5


def test_weights_are_small_and_whole() -> None:
    ranker = train(TEXTS, ACTED)
    assert (ranker.weights.dtype, ranker.weights.size) == (np.dtype(np.int8), SIZE)
    assert ranker.weights.nbytes == 131_072


@pytest.mark.parametrize(
    ("ranks", "acted", "auc"),
    [
        ([0.9, 0.8, 0.2, 0.1], [True, True, False, False], 1.0),
        ([0.1, 0.2, 0.8, 0.9], [True, True, False, False], 0.0),
        ([0.5, 0.5, 0.5, 0.5], [True, False, True, False], 0.5),
        ([0.9, 0.4, 0.5, 0.1], [True, True, False, False], 0.75),
        ([0.9], [True], 0.5),
    ],
)
def test_auc(ranks: list[float], acted: list[bool], auc: float) -> None:
    assert measure_auc(ranks, acted) == auc


def test_what_only_repeats_within_a_case_is_not_learned() -> None:
    """Every case says its own word three times; learned by text it looks perfect, by case it is nothing."""
    words = [
        "zébu",
        "lac",
        "riz",
        "mer",
        "col",
        "pic",
        "nid",
        "sel",
        "bus",
        "thé",
        "ail",
        "blé",
        "cep",
        "don",
        "eau",
        "fil",
        "gel",
        "hui",
        "île",
        "jus",
    ]
    texts = [f"{word} {word}" for word in words for _copy in range(3)]
    acted = [number % 2 == 0 for number, _word in enumerate(words) for _copy in range(3)]
    by_case = cross_validate(texts, acted, [number for number, _word in enumerate(words) for _copy in range(3)])
    by_text = cross_validate(texts, acted, list(range(len(texts))))
    assert by_text > 0.95
    assert by_case < 0.75


def test_what_is_common_to_cases_is() -> None:
    assert cross_validate(TEXTS * 2, ACTED * 2, list(range(len(TEXTS))) * 2) > 0.95
