"""The chain over all entries (I7), and what each key stands for (I5): read from the first entry to the last.

Each proof hashes the entries since the one before together with that one's hash. Who changes an entry breaks the chain of its proof; who
hashes the proofs again is found by the audit chain of the house, which holds each end under a key that no database has.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from django.db import connection, transaction

from billing.ledger import guards
from billing.ledger.orders import fingerprint_of
from billing.models import LedgerEntry, LedgerProof
from core.clock import to_wire_exact
from core.models import AuditEntry

GENESIS = "0" * 64
AUDIT_KIND = "ledger_proof"
_ROWS = 5000
# How far back a posting may lie that has its numbers and is not committed: none is longer than 100 lines, and few run at once.
_OPEN_ENTRIES = 10_000
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode
_COLUMNS = (
    *("pk", "transaction_id", "transaction__key", "transaction__kind", "transaction__fingerprint"),
    *("transaction__effective_date", "transaction__created_at", "account__code", "amount", "balance_after"),
)


class _Row(NamedTuple):
    pk: int
    transaction_id: int
    key: str
    kind: str
    fingerprint: str
    code: str
    amount: int
    covered: bytes


@dataclass(slots=True)
class Reading:
    """What was found on the way: proofs whose chain does not hold, keys that stand for other lines, and the hash of the end."""

    broken: list[str] = field(default_factory=list)
    other_lines: list[str] = field(default_factory=list)
    end: str = GENESIS


def read_chain(*, until: int) -> Reading:
    """Read every entry up to the one with the id `until`."""
    reading = Reading()
    proofs = [(0, 0, GENESIS), *LedgerProof.objects.order_by("number").values_list("number", "last_entry_id", "chain")]
    for (_number, after, before), (number, last, chain) in pairwise(proofs):
        if _hash(reading, before, after, last) != chain:
            reading.broken.append(f"proof {number}")
    _number, after, before = proofs[-1]
    _await_open_postings(after, until)
    reading.end = _hash(reading, before, after, until)
    reading.broken += _find_rewritten() + _find_unguarded()
    return reading


def _hash(reading: Reading, before: str, after: int, last: int) -> str:
    """The hash of the entries in (after, last] that follow `before`. The entries of one posting lie side by side: one INSERT wrote them."""
    digest = hashlib.sha256(before.encode())
    for _transaction_id, rows in groupby(_rows(after, last), key=attrgetter("transaction_id")):
        entries = list(rows)
        for row in entries:
            digest.update(row.covered)
        first = entries[0]
        if fingerprint_of(first.kind, [(row.code, row.amount) for row in entries]) != first.fingerprint:
            reading.other_lines.append(first.key)
    return digest.hexdigest()


def _rows(after: int, last: int) -> Iterator[_Row]:
    """A page at a time: the driver of MariaDB would hold the whole result of one query in memory."""
    while page := LedgerEntry.objects.filter(pk__gt=after, pk__lte=last).order_by("pk").values_list(*_COLUMNS)[:_ROWS]:
        for pk, transaction_id, key, kind, fingerprint, day, at, code, amount, balance in page:
            covered = _encode([pk, key, kind, fingerprint, day.isoformat(), to_wire_exact(at), code, amount, balance])
            yield _Row(pk, transaction_id, key, kind, fingerprint, code, amount, covered.encode())
            after = pk


def _await_open_postings(after: int, until: int) -> None:
    """Wait for postings that have numbers up to `until` and are not committed yet: they would appear below the end of the chain later.
    A locking read stops at their rows; nothing else is ever waited for, since nobody changes an entry."""
    with transaction.atomic():
        rows = LedgerEntry.objects.select_for_update().filter(pk__gt=max(after, until - _OPEN_ENTRIES), pk__lte=until)
        deque(rows.values_list("pk", flat=True).iterator(), maxlen=0)


def _find_rewritten() -> list[str]:
    """Proofs that say another end than the audit chain remembers."""
    kept = AuditEntry.objects.filter(object_kind=AUDIT_KIND).order_by("-seq")  # so that the first that was said of a proof is what counts
    remembered = dict(kept.values_list("object_ref", "after_sha256"))
    ends = LedgerProof.objects.order_by("number").values_list("number", "chain")
    return [f"proof {number} and the audit" for number, chain in ends if remembered.get(str(number)) != chain]


def _find_unguarded() -> list[str]:
    return [] if guards.is_throwaway(connection) else sorted(guards.missing(connection))
