"""PDQ: a hash of 256 bits of what a picture looks like, so that a copy is found again after it was shrunk or saved anew.

Our own port of the published algorithm to numpy, for there is no wheel of it. The hash is that of the reference implementation
(github.com/facebook/ThreatExchange, pdq/cpp at 0234393, BSD-3-Clause; the tests hold its results), so that lists of others can be used.
A distance of 31 bits or less is a match; pictures that have nothing in common differ in about 128.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
Words = NDArray[np.uint64]

BITS = 256
MATCH = 31  # the distance that the authors advise
# Below, a picture is so plain (a wall, a black frame) that its hash says nothing; the authors advise to throw such hashes away.
GOOD_QUALITY = 50

_SQUARE = 512  # what is larger is brought to this square first, as the reference does with files: hashes of others were made so
_GRID = 64
_KEPT = 16
_SMALLEST = 5
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_DCT: Floats = (np.sqrt(2 / _GRID) * np.cos((np.pi / 2 / _GRID) * np.outer(np.arange(1, _KEPT + 1), 2 * np.arange(_GRID) + 1))).astype(
    np.float32
)
# The signs that a turn or a flip gives to the frequencies, and whether it swaps rows and columns, as the reference has them.
_EVEN = np.where(np.arange(_KEPT) % 2, 1.0, -1.0).astype(np.float32)
_BOTH = np.outer(_EVEN, _EVEN)
_ROWS, _COLUMNS = np.outer(_EVEN, np.ones(_KEPT, np.float32)), np.outer(np.ones(_KEPT, np.float32), _EVEN)


@dataclass(frozen=True, slots=True)
class Pdq:
    """The hash of a picture as 64 hexadecimal signs, its eight turns and flips (itself first), and its quality of 0 to 100."""

    value: str
    variants: tuple[str, ...]
    quality: int

    @property
    def is_telling(self) -> bool:
        """Whether the picture has enough in it for its hash to be compared."""
        return self.quality >= GOOD_QUALITY


def hash_image(picture: Image.Image) -> Pdq:
    """The hash of a decoded picture, whatever its size."""
    small = picture.convert("RGB")
    if max(small.size) > _SQUARE:
        small = small.resize((_SQUARE, _SQUARE), Image.Resampling.BOX)
    return hash_luma(np.asarray(small, dtype=np.float32) @ _LUMA)


def hash_luma(luma: Floats) -> Pdq:
    """The hash of a field of brightness (0 to 255, rows first). Under five points in a direction there is nothing to hash."""
    if min(luma.shape) < _SMALLEST:
        nothing = "0" * (BITS // 4)
        return Pdq(value=nothing, variants=(nothing,) * 8, quality=0)
    grid = _shrink(luma)
    waves: Floats = (_DCT @ grid @ _DCT.T).astype(np.float32)
    variants = tuple(_to_hex(turned) for turned in _turns(waves))
    return Pdq(value=variants[0], variants=variants, quality=_quality(grid))


def to_words(values: list[str]) -> Words:
    """Hashes as rows of four 64-bit words, in the order given."""
    return np.frombuffer(bytes.fromhex("".join(values)), dtype=">u8").astype(np.uint64).reshape(len(values), 4)


def distance(one: str, other: str) -> int:
    """In how many bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _shrink(luma: Floats) -> Floats:
    """To 64 by 64 points: two passes of a mean along rows and columns, then the point in the middle of each field."""
    if luma.shape == (_GRID, _GRID):
        return luma
    rows, columns = luma.shape
    return (_fields(rows) @ luma @ _fields(columns).T).astype(np.float32, copy=False)


@lru_cache(maxsize=64)
def _fields(length: int) -> Floats:
    """What each of 64 fields takes from each point of a line: both passes of the mean at once, for the points in the middle alone.

    The means of rows and those of columns change places freely, so what the reference does in four passes over the picture is a product.
    """
    means = _means(length)
    return (means[((np.arange(_GRID) + 0.5) * length / _GRID).astype(np.int64)] @ means).astype(np.float32)


def _means(length: int) -> NDArray[np.float64]:
    """The running mean over a window of a 128th of the length, cut off at the edges: a row for each point."""
    window = (length + 2 * _GRID - 1) // (2 * _GRID)
    ahead = (window + 2) // 2 - 1
    at = np.arange(length)
    first, last = np.maximum(at + ahead + 1 - window, 0), np.minimum(at + ahead + 1, length)
    inside = (at >= first[:, np.newaxis]) & (at < last[:, np.newaxis])
    means: NDArray[np.float64] = inside / (last - first)[:, np.newaxis]
    return means


def _quality(grid: Floats) -> int:
    """How much the brightness changes from point to point; small changes count as none."""
    steps = [np.abs((np.diff(grid, axis=axis) * 100 / 255).astype(np.int64)).sum() for axis in (0, 1)]
    return min(100, int(sum(steps)) // 90)


def _turns(waves: Floats) -> tuple[Floats, ...]:
    """The frequencies of the picture itself, turned by 90, 180 and 270 degrees, flipped both ways and along both diagonals."""
    across, down, both = waves * _COLUMNS, waves * _ROWS, waves * _BOTH
    return (waves, across.T, both, down.T, down, across, waves.T, both.T)


def _to_hex(waves: Floats) -> str:
    """One bit a frequency: whether it is stronger than the middle one. The first bit is the last of the number."""
    flat = waves.ravel()
    median = np.partition(flat, BITS // 2 - 1)[BITS // 2 - 1]
    return np.packbits((flat > median)[::-1]).tobytes().hex()
