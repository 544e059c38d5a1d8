"""What a text looks like without its disguises, and the way back to what was written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.screening.normalize import join_spelled, normalize


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("Salut ÇA va ? Élève, cœur, Straße", "salut ca va ? eleve, coeur, strasse"),
        ("p\u200bu\u00adt\u2060e", "pute"),  # zero width, soft hyphen, word joiner
        ("\u202eetup\u202c", "etup"),  # direction override: read as it is stored
        ("s\u0336a\u0336l\u0336e\u0336", "sale"),  # struck through
        ("1\ufe0f\u20e32\ufe0f\u20e3", "12"),  # keycaps
        ("𝓹𝓾𝓽𝓮 𝐩𝐮𝐭𝐞 ｐｕｔｅ ⓟⓤⓣⓔ", "pute pute pute pute"),
        ("🅿🆄🆃🅴 🅟🅤🅣🅔", "pute pute"),
        ("сonnаrd", "connard"),  # Cyrillic es and a
        ("cοnnαrd ΗΑΤΕ", "connard hate"),  # Greek
        ("ᴄᴏɴɴᴀʀᴅ", "connard"),
        ("øđłħı", "odlhi"),
        ("٠١٢ ०१२ ０１２ 𝟎𝟏𝟐", "012 012 012 012"),
        ("l’école « oui » — non", 'l\'ecole " oui " - non'),
        ("a\tb\nc\u00a0d\u3000e", "a b c d e"),
        ("\u3164\u115f\u2800", ""),  # letters that show nothing
        ("exemple。org", "exemple.org"),
        ("🇫🇷 😀", "🇫🇷 😀"),
    ],
)
def test_disguises_come_off(written: str, digits: str) -> None:
    assert normalize(written).digits == digits


def test_signs_are_read_as_letters_in_one_view_and_stay_numbers_in_the_other() -> None:
    views = normalize("$@l0p€ 034 12 345 67")
    assert views.words == "salope oea i2 eas 67".replace("67", "6t")
    assert views.digits == "$@l0p€ 034 12 345 67"


def test_the_way_back_passes_what_was_taken_out_and_what_became_two() -> None:
    views = normalize("ma s\u200bœ\u00adur p\u0301ute")
    start = views.words.index("soeur")
    assert views.original[slice(*views.span(start, start + 5))] == "s\u200bœ\u00adur"
    start = views.words.index("pute")
    assert views.original[slice(*views.span(start, start + 4))] == "p\u0301ute"
    assert views.span(3, 3) == (0, 0)


@given(st.text(max_size=80))
def test_any_text_has_both_views_of_one_length_with_a_way_back(text: str) -> None:
    views = normalize(text)
    assert len(views.digits) == len(views.words)
    for place in range(len(views.digits)):
        start, end = views.span(place, place + 1)
        assert 0 <= start < end <= len(text)
        assert views.digits[place] in normalize(text[start:end]).digits
    if views.digits:
        assert views.span(0, len(views.digits))[1] <= len(text)


@given(st.text(max_size=80))
def test_what_is_normal_stays_as_it_is(text: str) -> None:
    once = normalize(text).digits
    assert normalize(once).digits == once


_TRICKS = ["\u200b", "\u200d", "\u00ad", "\u2060", "\u0301", "\u0336", "\ufe0f", "\u202e", "\u20e3", "\U000e0061"]
_DRAWN = {
    "a": "aA@4аαａ𝐚ᴀÀ",
    "o": "oO0оοｏ𝐨ᴏÖ",
    "e": "eE3€еεｅ𝐞É",
    "l": "lLｌ𝐥ʟŁ",
    "p": "pPрρｐ𝐩ᴘ",
    "s": "sS5$ѕｓ𝐬ꜱŠ",
}


@given(st.data())
def test_a_word_is_seen_through_every_mix_of_tricks(data: st.DataObject) -> None:
    drawn = [data.draw(st.sampled_from(_DRAWN[letter])) + data.draw(st.sampled_from(["", *_TRICKS])) for letter in "salope"]
    assert normalize("".join(drawn)).words == "salope"


@given(st.text(alphabet=st.characters(categories=["Nd"]), min_size=1, max_size=12))
def test_every_digit_there_is_becomes_its_ascii_one(text: str) -> None:
    assert normalize(text).digits == "".join(str(unicodedata.decimal(char)) for char in text)


def test_the_table_of_characters_does_not_grow_without_end() -> None:
    from moderation.screening import normalize as module

    normalize("".join(map(chr, range(0x3400, 0x9FFF))))
    assert len(module._fold_table) <= module._KEPT


@pytest.mark.parametrize(
    ("words", "joined"),
    [
        ("i h a t e w o m e n.", "i hatewomen."),
        ("you w o m e n are", "you women are"),
        ("a c a n c e r", "a cancer"),
        ("d e.t e-s t e", "deteste"),
        ("fin c o n", "fin con"),
    ],
)
def test_letters_that_stand_alone_are_joined(words: str, joined: str) -> None:
    found = join_spelled(words)
    assert found is not None
    text, places = found
    assert text == joined
    assert [words[place] for place in places] == list(text)


@pytest.mark.parametrize("words", ["", "un a b", "on y va a pied", "plan b, c'est tout", "vitamine c"])
def test_what_is_not_spelled_out_is_left_alone(words: str) -> None:
    assert join_spelled(words) is None
