"""Which picture of the banks an image is like: the process that checks images keeps their hashes in memory.

What is new in the banks is read before each search; what was taken out or is past its time is found in memory and not in the table, so it
counts for nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Max, Q

from moderation.enums import HashBankKind, Reason
from moderation.models import HashBank, HashEntry

if TYPE_CHECKING:
    from moderation.imaging.index import HashIndex

_ROWS = 20_000
_NEAREST = 100


@dataclass(frozen=True, slots=True)
class Match:
    """The picture of a bank that an image is like, in how many bits they differ, and what the image is held for."""

    bank: HashBankKind
    reason: Reason
    distance: int


class _Known:
    """The banks in memory: up to which number each was read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index: HashIndex | None = None
        self._read: dict[int, int] = {}

    def search(self, values: Sequence[str]) -> list[tuple[int, int]]:
        with self._lock:
            index = self._index = self._index or _new_index()
            self._read_on(index)
            return [(hit.number, hit.distance) for hit in index.search(values)[:_NEAREST]]

    def _read_on(self, index: HashIndex) -> None:
        for bank_id, newest in HashBank.objects.annotate(newest=Max("entries__pk")).values_list("pk", "newest"):
            while (newest or 0) > self._read.get(bank_id, 0):
                unread = HashEntry.objects.filter(bank=bank_id, pk__gt=self._read.get(bank_id, 0), pk__lte=newest)
                rows = list(unread.order_by("pk").values_list("pk", "value")[:_ROWS])
                index.add([pk for pk, _value in rows], [value for _pk, value in rows])
                self._read[bank_id] = rows[-1][0]

    def forget(self) -> None:
        with self._lock:
            self._index, self._read = None, {}


_known = _Known()


def find_match(*, values: Sequence[str], now: datetime) -> Match | None:
    """The match that counts most for an image with these hashes (its eight turns): child abuse before all others, then the nearest."""
    hits = dict(_known.search(values))
    in_force = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    rows = HashEntry.objects.filter(in_force, pk__in=hits).select_related("bank")
    found = [Match(HashBankKind(row.bank.kind), Reason(row.reason), hits[row.pk]) for row in rows]
    return min(found, key=lambda match: (match.bank != HashBankKind.CHILD_ABUSE, match.distance), default=None)


def forget_banks() -> None:
    """Read the banks anew at the next search (between tests)."""
    _known.forget()


def _new_index() -> HashIndex:
    from moderation.imaging.index import HashIndex

    return HashIndex()
