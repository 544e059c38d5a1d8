"""What points to a person is found in free text, and what only looks like it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.dsa.scanning import ADDRESS, EMAIL, IBAN, NAME, NUMBER, OUR_ID, PHONE, URL, scan


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("écrire à amina@example.org", EMAIL),
        ("écrire à Amina.R+x@mail.example.mg.", EMAIL),
        ("amina (at) example (dot) org", EMAIL),
        ("amina arobase example.org", EMAIL),
        ("amina＠example.org", EMAIL),
        ("ami\u200bna@exa\u200bmple.org", EMAIL),
        ("appelle le 06 12 34 56 78", PHONE),
        ("0612345678", PHONE),
        ("+33 6 12 34 56 78", PHONE),
        ("0033612345678", PHONE),
        ("+261 34 12 345 67", PHONE),
        ("034 12 345 67", PHONE),
        ("261341234567", PHONE),
        ("+44 (0)20 7946 0958", PHONE),
        ("٠٦ ١٢ ٣٤ ٥٦ ٧٨", PHONE),
        ("０６１２３４５６７８", PHONE),
        ("FR76 3000 6000 0112 3456 7890 189", IBAN),
        ("FR7630006000011234567890189", IBAN),
        ("fr76-3000-6000-0112-3456-7890-189", IBAN),
        ("carte 4970 1000 0000 0014", NUMBER),
        ("1 85 05 78 006 084 91", NUMBER),
        ("depuis 203.0.113.7", ADDRESS),
        ("depuis 2001:db8:0:0:0:0:0:1", ADDRESS),
        ("voir https://resaka.example/people/abcdefghij234567abcd/", URL),
        ("voir www.facebook.com/profile.php?id=100012345", URL),
        ("https://t.me/@amina", URL),
        ("https://example.org/u/12345", URL),
        ("la personne abcdefghij234567abcd", OUR_ID),
        ("Amina a dit cela", NAME),
        ("« AMINA » a dit cela", NAME),
        ("ＡＭＩＮＡ a dit cela", NAME),
    ],
)
def test_what_points_to_a_person_is_found(text: str, kind: object) -> None:
    assert kind in scan(text, pseudonyms=["Amina"])


@pytest.mark.parametrize(
    "text",
    [
        "Le message insulte une autre personne du salon.",
        "Article 222-33-2-2 du code pénal, loi n° 2014-006 du 17 juillet 2014.",
        "Règlement (UE) 2022/2065, article 17 ; charte, articles 3, 4 et 12.",
        "Le 23/11/2026 à 12:30:45, trois messages en 2 minutes.",
        "Amende de 45 000 EUR, 1 000 000 d’ariary.",
        "https://www.legifrance.gouv.fr/codes/article_lc/LEGIARTI000037289662",
        "https://resaka.example/rules/",
        "ISO 13616, FR12 articles, version 1.2.3",
        "Aminata est un prénom.",
        "Ity hafatra ity dia manevateva olona hafa.",
        "internationalisation",
        "2026-11-23 2026-11-24",
        "articles 222-33-2-1 222-33-2-2",
        "12:30, 12:45, 13:00",
    ],
)
def test_what_only_looks_like_it_may_be_said(text: str) -> None:
    assert scan(text, pseudonyms=["Amina", "", " "]) == []


def test_each_kind_is_told_once() -> None:
    assert scan("a@example.org, b@example.org, 06 12 34 56 78") == [EMAIL, PHONE]


def test_a_pseudonym_with_signs_is_no_pattern() -> None:
    assert scan("tout va bien", pseudonyms=[".*", "t(ut"]) == []
    assert scan("de .* à", pseudonyms=[".*"]) == [NAME]


_DIGITS = st.text("0123456789", min_size=7, max_size=7)
_GAPS = st.sampled_from(["", " ", ".", "-"])


@given(digits=_DIGITS, gap=_GAPS, start=st.sampled_from(["+261 34", "00261 33", "034", "032"]))
def test_no_malagasy_number_gets_through_however_it_is_written(digits: str, gap: str, start: str) -> None:
    written = f"{start}{gap}{digits[:2]}{gap}{digits[2:5]}{gap}{digits[5:]}"
    assert PHONE in scan(f"appelez {written}.")


@given(digits=st.text("0123456789", min_size=8, max_size=8), gap=_GAPS, start=st.sampled_from(["+33 6", "0033 7", "06", "07", "01"]))
def test_no_french_number_gets_through_however_it_is_written(digits: str, gap: str, start: str) -> None:
    written = gap.join([start, digits[:2], digits[2:4], digits[4:6], digits[6:]])
    assert PHONE in scan(f"appelez {written}, vite")


@given(st.text("0123456789", min_size=15, max_size=15), _GAPS.filter(lambda gap: gap != "."))
def test_every_card_is_found_by_its_check_digit(digits: str, gap: str) -> None:
    for check in "0123456789":
        card = digits + check
        doubled = [int(one) * 2 if place % 2 else int(one) for place, one in enumerate(reversed(card))]
        if sum(sum(divmod(one, 10)) for one in doubled) % 10 == 0:
            assert NUMBER in scan("carte " + gap.join(card[place : place + 4] for place in range(0, 16, 4)))


@given(st.text(max_size=60))
def test_any_text_is_scanned(text: str) -> None:
    assert isinstance(scan(text, pseudonyms=[text]), list)


@given(name=st.text("abcdefghijklmnopqrstuvwxyzéèô_-", min_size=3, max_size=24), before=st.sampled_from(["", "« ", "(", "de "]))
def test_a_pseudonym_is_found_wherever_it_stands_and_however_it_is_cased(name: str, before: str) -> None:
    for said in (name, name.upper(), name.title()):
        assert NAME in scan(f"{before}{said} a écrit cela", pseudonyms=[name])
        assert NAME not in scan(f"{before}x{said}x a écrit cela", pseudonyms=[name])
