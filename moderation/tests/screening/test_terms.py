"""Whole words and phrases, through repeated letters and spelled-out ones, and never inside other words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.screening.normalize import normalize
from moderation.screening.terms import BadTerm, TermIndex, expand

INDEX = TermIndex(
    [("con", 0), ("bite", 0), ("conne", 1), ("salope", 1), ("va te faire foutre", 2), ("fils de", 3), ("fils de pute", 3), ("ass", 4)]
)


def found(text: str) -> list[tuple[int, str]]:
    views = normalize(text)
    return [(owner, text[slice(*views.span(start, end))]) for owner, start, end in INDEX.find(views)]


@pytest.mark.parametrize(
    "text",
    ["Tu habites où ?", "Contact : M. Constant", "Scunthorpe, Dickson, Concarneau", "un arbitre", "une class, bass, passe", "consonne"],
)
def test_a_term_inside_another_word_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("T'es CON.", [(0, "CON")]),
        ("con, con !", [(0, "con"), (0, "con")]),
        ("c0n", [(0, "c0n")]),
        ("a$$", [(4, "a$$")]),
        ("saaalooope", [(1, "saaalooope")]),
        ("connnnne", [(1, "connnnne")]),
        ("Va te   faire,\nfoutre", [(2, "Va te   faire,\nfoutre")]),
        ("va-te-faire-foutre", [(2, "va-te-faire-foutre")]),
        ("vaaa te faire fouuutre", [(2, "vaaa te faire fouuutre")]),
        ("c o n n e", [(1, "c o n n e")]),
        ("une s.a.l.o.p.e là", [(1, "s.a.l.o.p.e")]),
        ("t u s a l o p e", []),  # joined with other words it is not looked for
        ("a s a l o p e", [(1, "s a l o p e")]),
        ("con\u200bne", [(1, "con\u200bne")]),
        ("con_con", [(0, "con"), (0, "con")]),
    ],
)
def test_what_is_found(text: str, hits: list[tuple[int, str]]) -> None:
    assert found(text) == hits


def test_the_writer_lengthens_and_never_shortens() -> None:
    """Cut to one letter each, an ice-cream cone is an insult."""
    assert found("un cône, des cones, coone") == []


@pytest.mark.parametrize("text", ["455 euros", "$$$", "4$5", "3 5 5"])
def test_a_number_is_no_word(text: str) -> None:
    assert normalize(text).words != text
    assert found(text) == []


def test_a_longer_phrase_that_does_not_come_hides_no_shorter_one() -> None:
    index = TermIndex([("con", 0), ("con de ta race", 0)])
    views = normalize("con de mer")
    assert index.find(views) == [(0, 0, 3)]


def test_the_longest_of_one_owner_counts_once_and_other_owners_see_their_own() -> None:
    assert found("fils de pute") == [(3, "fils de pute")]
    index = TermIndex([("fils de pute", 1), ("pute", 2)])
    assert index.find(normalize("fils de pute")) == [(1, 0, 12), (2, 8, 12)]


def test_an_empty_index_finds_nothing() -> None:
    assert TermIndex([]).find(normalize("n'importe quoiiii, a b c d")) == []


def test_options_make_every_form() -> None:
    assert sorted(expand("idiot(e)(s)")) == ["idiot", "idiote", "idiotes", "idiots"]
    assert expand("ta gueule") == ["ta gueule"]


@pytest.mark.parametrize("line", ["(", "a(b", "a)b(", "((a))", "()", "...", "!(?)", "a(b)(c)(d)(e)(f)(g)(h)"])
def test_what_is_no_term_is_refused(line: str) -> None:
    with pytest.raises(BadTerm):
        expand(line)


@given(st.text(max_size=60))
def test_every_place_lies_in_the_text(text: str) -> None:
    views = normalize(text)
    for _owner, start, end in INDEX.find(views):
        left, right = views.span(start, end)
        assert 0 <= left < right <= len(text)


@given(st.text(alphabet="abc defu\n.,", max_size=40))
def test_a_term_between_any_neighbours_is_found_once_as_a_word(noise: str) -> None:
    assert (1, "salope") in found(f"{noise} salope {noise}")


@given(st.text(alphabet=st.characters(categories=["Ll"], max_codepoint=0x7F), min_size=1, max_size=8))
def test_glued_to_letters_it_is_another_word(letters: str) -> None:
    assert all(hit != "salope" for _owner, hit in found(f"{letters}salope{letters}"))
