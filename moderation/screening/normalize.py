"""The two forms of a text that rules look at, in which its disguises are off.

Both: invisible characters, direction marks, soft hyphens, variation selectors, keycap frames and accents are gone; compatibility forms
(NFKC), case, letters of other scripts that look Latin, typographic quotes and dashes are one; every decimal digit is ASCII. That is the
`digits` view, for numbers. The `words` view also reads digits and signs as the letters they stand for ("c0nn@rd"): a fold that destroys
numbers, so phone numbers, accounts and ages are looked for in the other one. Both have the same length; `span` leads from either back to
the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from moderation.screening.lookalikes import LOOKALIKES

# An attacker may send every character there is; the table keeps the first of them and computes the rest anew.
_KEPT = 20_000
_BLANK_LETTERS = {0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800}  # letters and signs that show nothing
_DROPPED = {"Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"}
_LEET = str.maketrans("013457@$€", "oieastase")
# Letters that stand alone, one after the other, with one or two signs between them. "I", "a" and "y" are words, and stay before the rest.
_SPELLED = re.compile(r"(?<![^\W_])(?:[iay][\W_])?[^\W_](?:[\W_]{1,2}[^\W_]){2,}(?![^\W_])")
_ALONE = re.compile(r"[iay][\W_](?=.{5})")


class _Fold(dict[int, str]):
    """Code point -> what it is read as; filled as characters are met. Several threads may compute the same entry: it is the same."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if len(self) < _KEPT:
            self[code] = folded
        return folded


def _fold(char: str) -> str:
    if char.isspace():
        return " "
    if ord(char) in _BLANK_LETTERS or unicodedata.category(char) in _DROPPED:
        return ""
    known = LOOKALIKES.get(char)
    if known is not None:
        return known
    composed = unicodedata.normalize("NFKC", char)
    plain = unicodedata.normalize("NFKD", composed.casefold())
    return "".join(_fold_part(part) for part in plain)


def _fold_part(part: str) -> str:
    if part.isspace():
        return " "
    if unicodedata.category(part) in _DROPPED or ord(part) in _BLANK_LETTERS:
        return ""
    digit = unicodedata.decimal(part, None)
    return str(digit) if digit is not None else LOOKALIKES.get(part, part)


_fold_table = _Fold()


@dataclass(slots=True)
class Views:
    """A text in both views."""

    original: str
    digits: str
    words: str
    _origin: list[int] = field(default_factory=list)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original from which the part [start, end) of either view was made."""
        if not self._origin:  # few texts are hit, so few pay for the way back
            self._origin = [index for index, char in enumerate(self.original) for _made in _fold_table[ord(char)]]
        if start >= end:
            return (0, 0)
        return self._origin[start], self._origin[end - 1] + 1


def normalize(text: str) -> Views:
    """Both views of a text. Linear in its length."""
    digits = text.translate(_fold_table)
    return Views(text, digits, digits.translate(_LEET))


def join_spelled(words: str) -> tuple[str, list[int]] | None:
    """The words view with "h a t e" as "hate", and for each sign of it its place in the view; None where nothing is spelled out."""
    text, places, last = "", list[int](), 0
    for found in _SPELLED.finditer(words):
        article = _ALONE.match(words, found.start(), found.end())
        begin = article.end() if article else found.start()
        letters = [place for place in range(begin, found.end()) if words[place].isalnum()]
        kept = [*range(last, begin), *letters]
        text += "".join(words[place] for place in kept)
        places += kept
        last = found.end()
    if not last:
        return None
    return text + words[last:], [*places, *range(last, len(words))]
