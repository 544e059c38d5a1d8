"""What people type, made safe to show to others: one form, no invisible tricks."""

from __future__ import annotations

import re
import unicodedata

# Explicit direction overrides and isolates (UAX 9) can make a text read otherwise than it is stored: file names, amounts, links.
_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
_INVISIBLE = dict.fromkeys([0x200B, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xFEFF, 0x00AD, 0x180E, 0x115F, 0x1160, 0x3164, 0xFFA0])
_BLANK_LINES = re.compile(r"\n{4,}")
_MAX_MARKS = 4
_PLAIN = re.compile(r"[ -~\u00a0-\u00ac\u00ae-\u017f\u2010-\u2027\u2030-\u205e\u20ac]*\Z")


def clean(text: str, *, lines: bool = True) -> str:
    """NFC text without control, direction-override and zero-width characters, stripped at both ends.

    Zero-width joiners (U+200C, U+200D) stay where they join letters or emoji, because scripts and emoji need them. Runs of
    more than four combining marks are cut ("zalgo"). With `lines=False` every run of white space becomes one blank.
    """
    if not _PLAIN.match(text):  # most of what is written has nothing composed, invisible or controlling in it
        text = _scrub(text)
    if not lines:
        return " ".join(text.split())
    return _BLANK_LINES.sub("\n\n\n", text).strip()


def _scrub(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.translate(_BIDI_CONTROLS).translate(_INVISIBLE)
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in {"Cc", "Cs", "Co", "Cn"} and char not in "\n\t":
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= _MAX_MARKS:
            kept.append(char)
    return _drop_lone_joiners("".join(kept))


def _drop_lone_joiners(text: str) -> str:
    """Joiners at an end, beside white space or in a row carry no meaning and only serve to look empty or different."""
    return re.sub(r"(?:(?<=\s)|^)[\u200c\u200d]+|[\u200c\u200d]+(?=\s|$)|([\u200c\u200d])[\u200c\u200d]+", r"\1", text)


def is_blank(text: str) -> bool:
    """Whether nothing of `text` would be visible."""
    if text[:1].isalnum() and text[0] not in "\u115f\u1160\u3164\uffa0":
        return False
    shown = text.translate(_INVISIBLE).replace("\u2800", "").replace("\U0001d159", "")  # braille and music have blank signs too
    return not any(unicodedata.category(char)[0] in "LNPS" for char in shown)  # a mark needs something that it stands on


def excerpt(text: str, *, length: int) -> str:
    """The first `length` characters on one line, with an ellipsis where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
