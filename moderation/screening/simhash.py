"""A fingerprint of 64 bits that near texts nearly share (Charikar 2002), to see one text sent to many places with a word changed."""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+")
_BITS = 64
_LANE = 16  # bits of each counter, side by side in one long number: 64 counters are added at once
# Unrelated texts differ in 32 bits, give or take 4; one word changed in a sentence of twelve changes about ten.
NEAR = 12
_MOST_WORDS = 60
FEWEST_WORDS = 5  # shorter texts are greetings, and everybody greets alike


def _spread(byte: int) -> int:
    return sum(1 << (_LANE * bit) for bit in range(8) if byte >> bit & 1)


_SPREAD = [_spread(byte) for byte in range(256)]


def simhash(text: str) -> int | None:
    """The fingerprint of a normalised text; None when it is too short to tell. Of a long text the first 60 words count."""
    words = _WORD.findall(text)[:_MOST_WORDS]
    if len(words) < FEWEST_WORDS:
        return None
    shingles = set(words) | {f"{one} {two}" for one, two in pairwise(words)}
    lanes = [0] * 8
    for shingle in shingles:
        for place, byte in enumerate(blake2b(shingle.encode(), digest_size=8).digest()):
            lanes[place] += _SPREAD[byte]
    return _majority(lanes, len(shingles))


def _majority(lanes: list[int], count: int) -> int:
    mask = (1 << _LANE) - 1
    bits = (lanes[bit // 8] >> (_LANE * (bit % 8)) & mask for bit in range(_BITS))
    return sum(1 << bit for bit, set_in in enumerate(bits) if 2 * set_in > count)


def are_near(one: int, two: int) -> bool:
    """Whether two texts are the same but for a word or two."""
    return (one ^ two).bit_count() <= NEAR
