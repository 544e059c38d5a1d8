"""Malagasy, French or English, or nothing said."""

from __future__ import annotations

import pytest

from moderation.screening.language import find_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Manao ahoana daholo, mitady trano hofaina aho eto Antananarivo", "mg"),
        ("Tsy mbola nandeha tany aho fa ho avy rahampitso", "mg"),
        ("Salut tout le monde, quelqu'un connaît un bon resto à Lyon ?", "fr"),
        ("Je suis rentrée tard hier soir, on se voit demain", "fr"),
        ("Hello everyone, does anybody know a good place to eat?", "en"),
        ("I went home late yesterday, see you tomorrow", "en"),
        ("ok", None),
        ("12345 678", None),
        ("😀😀", None),
        ("", None),
    ],
)
def test_languages_of_the_house(text: str, language: str | None) -> None:
    assert find_language(text) == language
