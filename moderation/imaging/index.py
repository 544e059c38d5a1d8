"""Exact search among up to some millions of hashes, in numpy alone.

A hash of a bank within 31 bits of a picture's is within 31 bits in its first half too, which chance makes rare: so the first half is
compared with all, the second with what is left. 32 bytes a hash. decision 0027 has what this and faiss were measured at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.imaging.pdq import MATCH, Words, to_words

_CHUNK = 16_384  # rows compared at a time: they stay in the processor's cache
_FIRST_ROOM = 1024


@dataclass(frozen=True, slots=True)
class Hit:
    """A hash of the index near to the one looked for: its number, and in how many bits they differ."""

    number: int
    distance: int


class HashIndex:
    """Hashes by number; it grows, and never forgets by itself."""

    def __init__(self) -> None:
        self._count = 0
        self._words: Words = np.empty((4, _FIRST_ROOM), dtype=np.uint64)
        self._numbers: NDArray[np.int64] = np.empty(_FIRST_ROOM, dtype=np.int64)

    def __len__(self) -> int:
        return self._count

    def add(self, numbers: Sequence[int], values: Sequence[str]) -> None:
        """Take in hashes (64 hexadecimal signs each) under their numbers."""
        if not numbers:
            return
        end = self._count + len(numbers)
        self._make_room(end)
        self._words[:, self._count : end] = to_words(list(values)).T
        self._numbers[self._count : end] = numbers
        self._count = end

    def search(self, values: Sequence[str], *, within: int = MATCH) -> list[Hit]:
        """All hashes that differ from one of `values` in at most `within` bits, nearest first, each once."""
        nearest: dict[int, int] = {}
        for start in range(0, self._count, _CHUNK):
            end = min(start + _CHUNK, self._count)
            for wanted in to_words(list(values)):
                self._compare(wanted, start, end, within, nearest)
        return sorted((Hit(number, bits) for number, bits in nearest.items()), key=lambda hit: (hit.distance, hit.number))

    def _compare(self, wanted: Words, start: int, end: int, within: int, nearest: dict[int, int]) -> None:
        first = np.bitwise_count(self._words[0, start:end] ^ wanted[0])
        first += np.bitwise_count(self._words[1, start:end] ^ wanted[1])  # 128 at most: a byte holds it
        near = np.flatnonzero(first <= within)
        if not near.size:
            return
        rest = np.bitwise_count(self._words[2:, start + near] ^ wanted[2:, np.newaxis]).sum(axis=0, dtype=np.int64)
        for at, bits in zip(start + near, first[near] + rest, strict=True):
            if bits <= within:
                number = int(self._numbers[at])
                nearest[number] = min(int(bits), nearest.get(number, int(bits)))

    def _make_room(self, wanted: int) -> None:
        room = self._numbers.size
        if wanted <= room:
            return
        room = max(wanted, 2 * room)
        words, numbers = np.empty((4, room), dtype=np.uint64), np.empty(room, dtype=np.int64)
        words[:, : self._count], numbers[: self._count] = self._words[:, : self._count], self._numbers[: self._count]
        self._words, self._numbers = words, numbers
