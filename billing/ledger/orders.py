"""What is to be posted, looked at before any row is: pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.enums import NormalSide
from billing.ledger.codes import Nature, read_code
from billing.ledger.errors import Unbalanced
from billing.models import LedgerTransaction
from core.money import LARGEST, POINTS

Line = tuple[str, int]
MOST_LINES = 100
_KEY, _KIND = 120, 32
# Fixed order, no blanks, ASCII: two readers write the same bytes.
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


@dataclass(frozen=True, slots=True)
class Order:
    """A posting that may be written: its lines balance in every currency, and every code is one."""

    key: str
    kind: str
    lines: tuple[Line, ...]
    natures: dict[str, Nature]
    fingerprint: str
    now: datetime
    reverses: LedgerTransaction | None = None
    events: tuple[Any, ...] = ()


def make_order(
    *,
    key: str,
    kind: str,
    lines: Sequence[Line],
    now: datetime,
    reverses: LedgerTransaction | None = None,
    events: Sequence[Any] = (),
) -> Order:
    """An order of these lines: (account code, minor units; credit +, debit -).

    Raises:
        UnknownAccount, Unbalanced.
        ValueError: key or kind is empty or too long, or the key begins or ends with a blank.
    """
    if not is_key(key) or not 0 < len(kind) <= _KIND:
        raise ValueError(f"key or kind: {key!r}, {kind!r}")
    natures = {code: read_code(code) for code, _amount in lines}
    _refuse_unbalanced(lines, natures)
    return Order(key, kind, tuple(lines), natures, fingerprint_of(kind, lines), now, reverses, tuple(events))


def is_key(key: str) -> bool:
    """Whether a text can be a key. MariaDB's columns take one with blanks at its end for the same without, so there is none with them."""
    return 0 < len(key) <= _KEY and key == key.strip()


def fingerprint_of(kind: str, lines: Sequence[Line]) -> str:
    """SHA-256 (hex) of what a key stands for; the order of the lines does not matter."""
    return hashlib.sha256(_encode([kind, sorted(lines)]).encode()).hexdigest()


def on_side(amount: int, normal: str) -> int:
    """A signed amount (credit +, debit -) as its account counts it."""
    return amount if normal == NormalSide.CREDIT else -amount


def _refuse_unbalanced(lines: Sequence[Line], natures: dict[str, Nature]) -> None:
    if not 0 < len(lines) <= MOST_LINES:
        raise Unbalanced(f"{len(lines)} lines")
    sums: Counter[str] = Counter()
    for code, amount in lines:
        if type(amount) is not int or not 0 < abs(amount) <= LARGEST:
            raise Unbalanced(f"{amount!r} on {code}")
        sums[natures[code].currency] += amount
    if any(sums.values()):
        raise Unbalanced(f"sums to {dict(sums)}")
    if POINTS in sums and len(sums) > 1:
        raise Unbalanced("points together with money")
