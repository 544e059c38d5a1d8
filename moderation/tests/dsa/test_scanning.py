"""What points to a person is found in free text, and what only looks like it is not."""

from __future__ import annotations

import pytest

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
        ("1 85 05 78 006 084 36", NUMBER),
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
    ],
)
def test_what_only_looks_like_it_may_be_said(text: str) -> None:
    assert scan(text, pseudonyms=["Amina", "", " "]) == []


def test_each_kind_is_told_once() -> None:
    assert scan("a@example.org, b@example.org, 06 12 34 56 78") == [EMAIL, PHONE]


def test_a_pseudonym_with_signs_is_no_pattern() -> None:
    assert scan("tout va bien", pseudonyms=[".*", "t(ut"]) == []
    assert scan("de .* à", pseudonyms=[".*"]) == [NAME]
