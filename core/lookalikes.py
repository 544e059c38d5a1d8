"""Names that look alike: scripts and skeletons of Unicode Technical Standard 39, for whatever must not be imitated."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from confusable_homoglyphs.categories import alias
from confusable_homoglyphs.confusables import confusables_data

_MARKS_BETWEEN_LETTERS = str.maketrans("", "", "_-.' ")
_NEUTRAL = {"COMMON", "INHERITED"}


def fold(name: str) -> str:
    """The form in which two spellings of one name are equal: NFKC and case folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def scripts_of(text: str) -> frozenset[str]:
    """The writing systems of the letters of `text`, in capitals ("LATIN", "CYRILLIC"); digits and marks belong to none."""
    return frozenset(script for char in text if (script := alias(char).upper()) not in _NEUTRAL)


def skeleton(name: str) -> str:
    """A form that names have in common when an eye in a hurry takes one for the other.

    The prototypes of UTS 39, and stricter: case, accents and the marks between letters do not count, `i`, `l`, `I` and `1` are
    one. Longer than the name by a factor of three at most. Compare skeletons only with skeletons.
    """
    text = _prototypes(unicodedata.normalize("NFKC", name))
    text = _prototypes(fold(text)).casefold().translate(_MARKS_BETWEEN_LETTERS)
    return text.replace("ı", "l").replace("i", "l").replace("vv", "w")


def _prototypes(text: str) -> str:
    table = _table()
    decomposed = unicodedata.normalize("NFD", text)
    replaced = "".join(table.get(char, char) for char in decomposed if not _is_accent(char))
    return "".join(char for char in unicodedata.normalize("NFD", replaced) if not _is_accent(char))


def _is_accent(char: str) -> bool:
    """A combining mark of no script of its own: an accent on a Latin letter, not a vowel of Devanagari."""
    return unicodedata.category(char) in {"Mn", "Me"} and alias(char).upper() == "INHERITED"


@lru_cache(maxsize=1)
def _table() -> Mapping[str, str]:
    """Each character that imitates -> what it imitates. The data name, for a prototype, all its imitations, and for an imitation
    its one prototype; a pair of two single names is settled by the smaller one, so that both sides agree."""
    table: dict[str, str] = {}
    for key, found in confusables_data.items():
        source = _bare(key)
        if len(source) != 1 or len(found) != 1:
            continue
        target = _bare(found[0]["c"])
        mutual = len(confusables_data.get(found[0]["c"], ())) == 1
        table[source] = min(source, target) if mutual and len(target) == 1 else target
    return table


def _bare(text: str) -> str:
    return text.replace("\u200e", "")
