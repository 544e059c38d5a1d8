"""A message's text as pieces: joined again they are the text; links and names are never more than they seem."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chat.views.segments import split_text

PEOPLE = [("p1", "Amina"), ("p2", "Jean-Noël"), ("p3", "r.2")]


@given(st.text(alphabet="@Amina Jean-Noël r.2 https://exemple.mg/?a=1&b=2 <b>\n\u202e", max_size=200))
def test_nothing_is_lost_and_nothing_added(text: str) -> None:
    assert "".join(piece.text for piece in split_text(text, PEOPLE)) == text


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    pieces = split_text(text, PEOPLE)
    assert "".join(piece.text for piece in pieces) == text
    assert {piece.kind for piece in pieces} <= {"text", "link", "mention", "doubtful"}


def test_names_are_found_whatever_their_case_and_signs() -> None:
    pieces = split_text("Merci @amina, @Jean-Noël et @R.2. Et @Personne ?", PEOPLE)
    assert [(piece.text, piece.href) for piece in pieces if piece.kind == "mention"] == [
        ("@amina", "/people/p1/"),
        ("@Jean-Noël", "/people/p2/"),
        ("@R.2", "/people/p3/"),
    ]


def test_an_address_is_not_a_name() -> None:
    assert [piece.kind for piece in split_text("amina@Amina.mg", PEOPLE)] == ["text"]


def test_a_name_inside_a_link_stays_in_the_link() -> None:
    pieces = split_text("https://exemple.mg/@Amina", PEOPLE)
    assert [piece.kind for piece in pieces] == ["link"]
