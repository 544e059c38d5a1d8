"""What people type, made safe."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import _PLAIN, _scrub, clean, excerpt, is_blank


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  bonjour  ", "bonjour"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\n\n\n\n\n\nb", "a\n\n\nb"),
        ("cafe\u0301", "café"),
        ("\u202eabc\u202c", "abc"),
        ("a\u200bb", "ab"),
        ("a\x00b\x07c", "abc"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u200d\u200d", ""),
        ("z" + "\u0335" * 30, "z" + "\u0335" * 4),
        ("e\u0301" + "\u0335" * 30, "é" + "\u0335" * 4),
    ],
)
def test_clean(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(st.text(max_size=300))
def test_clean_is_stable_and_composed(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not any(unicodedata.bidirectional(char) in {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"} for char in once)


@given(st.text(max_size=200))
def test_one_line_has_no_breaks(text: str) -> None:
    assert "\n" not in clean(text, lines=False)


def test_blank() -> None:
    assert is_blank("\u2800 \u3164")
    assert not is_blank("!")


def test_excerpt() -> None:
    assert excerpt("un  deux\ntrois", length=20) == "un deux trois"
    assert excerpt("abcdefghij", length=5) == "abcd…"


@given(st.text(st.characters(max_codepoint=0x20AC)))
def test_what_is_taken_as_plain_has_nothing_to_clean(text: str) -> None:
    if _PLAIN.match(text):
        assert _scrub(text) == text


@pytest.mark.parametrize("text", ["\ufe0f", "\u034f", "\u17b4", "\u180b", "\U000e0100", "\u0301", "\U0001d159", "\u2800 \u3164"])
def test_marks_on_nothing_and_blank_signs_are_blank(text: str) -> None:
    assert is_blank(text)
    assert not is_blank("e" + text)
