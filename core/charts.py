"""Small bars drawn by the server: numbers in, places in an SVG out. The table beside each holds the same figures as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH = 320
_LABEL, _NUMBER, _LINE, _BAR = 88, 40, 22, 14
_COLUMN_HEIGHT = 96
_SIGN, _MOST = 7, 130  # about the width of a sign, and the most that words may take


@dataclass(frozen=True, slots=True)
class Piece:
    """One rectangle; `kind` names its colour in the style sheet."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the template draws."""

    width: int
    height: int
    pieces: tuple[Piece, ...]
    texts: tuple[Text, ...]


def draw_bars(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]], say: Callable[[int], str] = str) -> Chart:
    """Lying bars: (label, parts as (kind, number)) a line; parts stand one after the other, and `say` writes their sum behind them."""
    sums = [sum(number for _kind, number in parts) for _label, parts in rows]
    words = [say(one) for one in sums]
    left, right = _room_for(_LABEL, [label for label, _parts in rows]), _room_for(_NUMBER, words)
    most, room = max(sums, default=0) or 1, WIDTH - left - right
    pieces, texts = [], []
    for line, (label, parts) in enumerate(rows):
        y, x = line * _LINE, float(left)
        texts.append(Text(left - 6, y + 12, label, "end"))
        for kind, number in parts:
            width = round(room * number / most, 1)
            pieces.append(Piece(round(x, 1), y + 1, width, _BAR, kind))
            x += width
        texts.append(Text(round(x + 5, 1), y + 12, words[line], "start"))
    return Chart(WIDTH, max(len(rows), 1) * _LINE, tuple(pieces), tuple(texts))


def _room_for(least: int, words: Sequence[str]) -> int:
    """Enough for the longest of these, and never more than what leaves the bars a place."""
    return min(_MOST, max([least, *(_SIGN * len(one) + 8 for one in words)]))


def draw_columns(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Chart:
    """Standing columns side by side: (label, parts) a group; the first and the last group are labelled."""
    most = max((number for _label, parts in rows for _kind, number in parts), default=0) or 1
    step = WIDTH / max(len(rows), 1)
    pieces, texts = [], []
    for place, (label, parts) in enumerate(rows):
        width = (step - 4) / max(len(parts), 1)
        for which, (kind, number) in enumerate(parts):
            height = round(_COLUMN_HEIGHT * number / most, 1)
            pieces.append(
                Piece(round(place * step + which * width + 2, 1), round(_COLUMN_HEIGHT - height, 1), round(width, 1), height, kind)
            )
        if place in (0, len(rows) - 1):
            texts.append(Text(0 if place == 0 else WIDTH, _COLUMN_HEIGHT + 16, label, "start" if place == 0 else "end"))
    return Chart(WIDTH, _COLUMN_HEIGHT + 22, tuple(pieces), tuple(texts))
