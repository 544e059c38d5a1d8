"""Personal data in free text: the database is public, and no statement may carry any (DSA art. 24(5)).

Strict on purpose: a person of the team can say the same without the number, and is told what was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.text import clean

_EMAIL = re.compile(r"[\w.%+-]+\s?(?:@|\(at\)|\[at\]|\barobase\b)\s?[\w-]+(?:\.|\s?\(dot\)\s?|\s?\[dot\]\s?)\w", re.IGNORECASE)
_PHONES = (
    re.compile(r"(?:\+|\b00)[1-9]\d{0,2}(?:[ .()/-]{0,2}\d){7,12}\b"),
    re.compile(r"\b0[ .-]?[1-9](?:[ .-]?\d{2}){4}\b"),  # France
    re.compile(r"\b(?:261|0)[ .-]?3[2-48](?:[ .-]?\d){7}\b"),  # Madagascar
)
_IBAN = re.compile(r"\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,4})?\b", re.IGNORECASE)
_NUMBER = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")  # cards, social security; their check digits tell (`_is_number`)
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{1,4}\b", re.IGNORECASE)
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"»]+", re.IGNORECASE)
_OUR_ID = re.compile(r"\b(?=[a-z2-7]*[2-7])[a-z2-7]{20}\b")
_IDS = re.compile(r"\d{4,}|[0-9a-f]{8}-[0-9a-f]{4}-|[a-z2-7]{20}|@|[?&][^=]+=", re.IGNORECASE)
# Where laws are published: numbers in these addresses are those of texts, never of people.
LAW_HOSTS = frozenset({"www.legifrance.gouv.fr", "eur-lex.europa.eu", "data.europa.eu", "www.assemblee-nationale.mg"})

EMAIL, PHONE, IBAN, NUMBER, ADDRESS, URL, OUR_ID, NAME = (
    _("une adresse e-mail"),
    _("un numéro de téléphone"),
    _("un numéro de compte bancaire"),
    _("un numéro de carte ou d’identité"),
    _("une adresse IP"),
    _("l’adresse d’une page qui désigne quelqu’un"),
    _("un identifiant de Resaka"),
    _("le pseudonyme d’une personne du dossier"),
)


def scan(text: str, *, pseudonyms: Iterable[str] = ()) -> list[str | Promise]:
    """What a text holds that points to a person, in words for the reader, each kind once; empty when it may be published."""
    return list(dict.fromkeys(_find(unicodedata.normalize("NFKC", clean(text)), pseudonyms)))


def _find(text: str, pseudonyms: Iterable[str]) -> Iterator[str | Promise]:
    digits = _to_ascii_digits(text)
    plain = _URL.sub(" ", digits)
    if any(_points_to_somebody(url) for url in _URL.findall(digits)):
        yield URL
    for kind, pattern in ((EMAIL, _EMAIL), (IBAN, _IBAN), (ADDRESS, _ADDRESS), (NUMBER, _NUMBER), (OUR_ID, _OUR_ID)):
        certain = _CERTAIN.get(kind, bool)
        if any(certain(found[0]) for found in pattern.finditer(plain)):
            yield kind
    if any(pattern.search(plain) for pattern in _PHONES):
        yield PHONE
    if any(_is_named(name, text) for name in pseudonyms):
        yield NAME


def _to_ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def _points_to_somebody(url: str) -> bool:
    place = urlsplit(url if "//" in url else f"https://{url}")
    return place.hostname not in LAW_HOSTS and _IDS.search(url.partition("//")[2] or url) is not None


def _is_iban(found: str) -> bool:
    """Its shape is that of many references; the check digits tell (ISO 13616)."""
    text = re.sub(r"[ -]", "", found).upper()
    moved = text[4:] + text[:4]
    return len(text) >= 15 and int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def _is_number(found: str) -> bool:
    """A card by its check digit (ISO/IEC 7812), a French social security number by its key; dates in a row are neither."""
    digits = re.sub(r"[ -]", "", found)
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    if sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0:
        return True
    return len(digits) == 15 and 97 - int(digits[:13]) % 97 == int(digits[13:])


# Shapes that harmless things share: what must be true of them besides.
_CERTAIN: dict[str | Promise, Callable[[str], bool]] = {IBAN: _is_iban, NUMBER: _is_number}


def _is_named(name: str, text: str) -> bool:
    wanted = unicodedata.normalize("NFKC", name).casefold().strip()
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text.casefold()) is not None
