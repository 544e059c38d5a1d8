"""Reading the chain of destructions from its beginning, and comparing it with what lies outside of the database."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from core import tombstones
from core.audit import Fault, Verdict
from core.chains import GENESIS
from core.sealing import mac_key
from privacy.models import DeletionHead, DeletionRecord
from privacy.services.recordcuts import CODE, mark_of
from privacy.services.records import JOURNAL, SCOPE, mac_of

_ROWS = 2000


def verify_records() -> Verdict:
    """Whether the chain holds, ends where its head says, and is what the key store and the files remember; else where it does not. A chain
    whose beginning went after its years (privacy.services.recordcuts) says so itself further on, else its beginning is missing.

    `Fault.CUT`: the outside knows of more; `Fault.ANCHOR`: the outside remembers another record under this number.

    Raises:
        core.tombstones.TombstoneForged: what lies outside was not written by this house.
    """
    # both first: what is appended while this reads lies behind them
    outside = {int(entry.ref): str(entry.body["mac"]) for entry in tombstones.read(journal=JOURNAL)}
    head_seq, head_mac = _head()
    key = mac_key(SCOPE)[1]
    begins, prev = _beginning()
    seq, unsaid = begins, mark_of(begins, prev) if begins else ""
    for row in _rows():
        if row.seq != seq + 1:
            return Verdict(seq - begins, Fault.MISSING, seq + 1)
        if row.prev_mac != prev or not hmac.compare_digest(mac_of(key, row), row.mac):
            return Verdict(seq - begins, Fault.BROKEN, row.seq)
        seq, prev = row.seq, row.mac
        unsaid = "" if row.code == CODE and row.result == unsaid else unsaid
        if outside.get(seq, prev) != prev:
            return Verdict(seq - begins, Fault.ANCHOR, seq)
        if seq == head_seq and prev != head_mac:
            return Verdict(seq - begins, Fault.HEAD, seq)
    if unsaid:
        return Verdict(seq - begins, Fault.MISSING, begins)
    return _end(seq, seq - begins, head_seq, max(outside, default=0))


def _rows() -> Iterator[DeletionRecord]:
    """All links, a page at a time: the driver of MariaDB would hold the whole result of one query in memory."""
    after = 0
    while page := list(DeletionRecord.objects.filter(seq__gt=after).order_by("seq")[:_ROWS]):
        yield from page
        after = page[-1].seq or 0


def _head() -> tuple[int, str]:
    head = DeletionHead.objects.first()
    return (head.seq, head.mac) if head else (0, GENESIS)


def _beginning() -> tuple[int, str]:
    """The number and the MAC before the first record that is there."""
    first = DeletionRecord.objects.filter(seq__isnull=False).order_by("seq").first()
    return ((first.seq or 1) - 1, first.prev_mac) if first else (0, GENESIS)


def _end(seq: int, entries: int, head_before: int, outside: int) -> Verdict:
    if outside > seq:
        return Verdict(entries, Fault.CUT, seq + 1)
    return Verdict(entries, Fault.HEAD, seq) if seq < head_before or _head()[0] < seq else Verdict(entries)
