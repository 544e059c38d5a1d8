"""A small classifier that orders a queue and decides nothing: logistic regression over hashed pieces of 2 to 5 letters.

It learns what people of the house did about reported texts (acted or not), so it says which report will likely matter, and not what is
hate. 131,072 weights of one byte; a text takes a fraction of a millisecond, off the path of sending.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.screening.normalize import normalize

SIZE = 1 << 17
_SHORTEST, _LONGEST = 2, 5
_MOST_LETTERS = 600
_ROUNDS = 12
_STEP = 0.5
_SHRINK = 1e-5
_GRAIN = 127.0


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights as whole numbers of `scale`, and what a text without any known piece begins with."""

    weights: NDArray[np.int8]
    scale: float
    bias: float

    def rank(self, text: str) -> float:
        """How likely people act on this text, 0 to 1."""
        pieces = pieces_of(text)
        if not pieces.size:
            return _squash(self.bias)
        total = float(self.weights[pieces].sum(dtype=np.int64)) * self.scale / float(np.sqrt(pieces.size))
        return _squash(self.bias + total)


def pieces_of(text: str) -> NDArray[np.int64]:
    """The places of a text's pieces among the weights, each once. Words are taken with a blank before and behind."""
    letters = f" {' '.join(normalize(text).words.split())} "[:_MOST_LETTERS].encode()
    found = {
        zlib.crc32(letters[start : start + length]) % SIZE
        for length in range(_SHORTEST, _LONGEST + 1)
        for start in range(len(letters) - length + 1)
    }
    return np.fromiter(found, dtype=np.int64, count=len(found)) if letters.strip() else np.empty(0, dtype=np.int64)


def train(texts: Sequence[str], acted: Sequence[bool], *, seed: int = 20261126) -> Ranker:
    """A ranker from texts and whether people acted on them. The same input makes the same ranker; both answers weigh the same in sum."""
    pieces, labels = [pieces_of(text) for text in texts], np.array(acted, dtype=np.float64)
    share = float(labels.mean())
    balance = np.where(labels > 0, 0.5 / max(share, 1e-9), 0.5 / max(1 - share, 1e-9))
    weights, squares, bias = np.zeros(SIZE), np.full(SIZE, 1e-8), 0.0
    order = np.random.default_rng(seed)
    for _round in range(_ROUNDS):
        for number in order.permutation(len(pieces)):
            places = pieces[number]
            if not places.size:
                continue
            norm = 1.0 / np.sqrt(places.size)
            error = balance[number] * (_squash(bias + float(weights[places].sum()) * norm) - labels[number])
            gradient = error * norm + _SHRINK * weights[places]
            squares[places] += gradient**2
            weights[places] -= _STEP * gradient / np.sqrt(squares[places])
            bias -= 0.01 * error
    top = float(np.abs(weights).max()) or 1.0
    return Ranker(np.round(weights / top * _GRAIN).astype(np.int8), top / _GRAIN, bias)


def measure_auc(ranks: Sequence[float], acted: Sequence[bool]) -> float:
    """The chance that a text on which people acted ranks above one on which they did not; ties count half. 0.5 is a coin."""
    values, labels = np.asarray(ranks, dtype=np.float64), np.asarray(acted, dtype=bool)
    high, low = values[labels], np.sort(values[~labels])
    if not high.size or not low.size:
        return 0.5
    below, upto = np.searchsorted(low, high, side="left"), np.searchsorted(low, high, side="right")
    return float((below + upto).sum() / 2 / (high.size * low.size))


def cross_validate(texts: Sequence[str], acted: Sequence[bool], groups: Sequence[int], *, folds: int = 5) -> float:
    """The AUC of texts that were not learned from; texts of one group (one case, one author) are never on both sides."""
    ranks = [0.0] * len(texts)
    for fold in range(folds):
        learn = [number for number, group in enumerate(groups) if group % folds != fold]
        ranker = train([texts[number] for number in learn], [acted[number] for number in learn])
        for number, group in enumerate(groups):
            if group % folds == fold:
                ranks[number] = ranker.rank(texts[number])
    return measure_auc(ranks, acted)


def _squash(value: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(value, -30.0, 30.0))))
