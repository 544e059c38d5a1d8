"""Reading the chain from its beginning, and saying where it does not hold. A chain whose beginning went after its years
(core.audit.cutting) says so itself further on; else its beginning is missing."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import connection

from core.audit.anchors import Anchor, list_anchors, read_anchor_file
from core.audit.chain import COVERED, SCOPE, mac_of
from core.audit.cutting import ACTION, mark_of
from core.chains import GENESIS, begin
from core.models import AuditEntry, AuditHead
from core.sealing import mac_key
from core.sql import Statement, fetch_all, literal, wire_text

_ROWS = 5000
_ACTION, _REASON = COVERED.index("action"), COVERED.index("reason")


class Fault(StrEnum):
    """What can be wrong."""

    MISSING = "MISSING"  # a number is left out
    BROKEN = "BROKEN"  # an entry does not say what it said, or does not follow the one before
    HEAD = "HEAD"  # the head names another end
    CUT = "CUT"  # an anchor knows of more entries than there are
    ANCHOR = "ANCHOR"  # an anchor remembers another entry


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries` were read; `at` is the number at which the chain does not hold, where `fault` says why."""

    entries: int
    fault: Fault | None = None
    at: int = 0

    @property
    def holds(self) -> bool:
        return self.fault is None


def verify(*, anchor_file: Path | None = None) -> Verdict:
    """Read all entries as a stream, then compare with the head and with the anchors: those of the table, and of the file if given.

    Raises:
        AnchorError: a line of the file is not ours.
    """
    anchors = list_anchors() + (read_anchor_file(anchor_file) if anchor_file else [])
    wanted = _by_number(anchors)
    head_seq, head_mac = _head()  # first: what is appended while this reads lies behind it
    begun = begin(mac_key(SCOPE)[1])
    rows = _rows()
    first = next(rows, None)
    begins, prev = (first[0] - 1, first[-2]) if first and first[0] > 1 else (0, GENESIS)  # what it followed
    seq, unsaid = begins, mark_of(begins, prev) if begins else ""
    if wanted.get(begins, {prev}) != {prev}:
        return Verdict(0, Fault.ANCHOR, begins)
    for *values, prev_mac, mac in chain([first] if first else [], rows):
        if values[0] != seq + 1:
            return Verdict(seq - begins, Fault.MISSING, seq + 1)
        if prev_mac != prev or not hmac.compare_digest(mac_of(begun, prev, values), mac):
            return Verdict(seq - begins, Fault.BROKEN, values[0])
        seq, prev = values[0], mac
        unsaid = "" if (values[_ACTION], values[_REASON]) == (ACTION, unsaid) else unsaid
        if seq in wanted and wanted[seq] != {mac}:
            return Verdict(seq - begins, Fault.ANCHOR, seq)
        if seq == head_seq and mac != head_mac:
            return Verdict(seq - begins, Fault.HEAD, seq)
    if unsaid:
        return Verdict(seq - begins, Fault.MISSING, begins)
    return _end(seq, seq - begins, prev, head_seq, anchors)


def _by_number(anchors: list[Anchor]) -> dict[int, set[str]]:
    wanted: dict[int, set[str]] = {}
    for anchor in anchors:
        wanted.setdefault(anchor.seq, set()).add(anchor.mac)
    return wanted


def _rows() -> Iterator[tuple[Any, ...]]:
    """All entries, a page at a time: the driver of MariaDB would hold the whole result of one query in memory. As the database writes
    them, times too: to make objects of a million rows takes longer than to check them."""
    columns = ", ".join(wire_text(name, connection) if name == "at" else name for name in (*COVERED, "prev_mac", "mac"))
    query = f"SELECT {columns} FROM {AuditEntry._meta.db_table} WHERE seq > {{after}} ORDER BY seq LIMIT {_ROWS}"  # noqa: S608  (all ours)
    after = -1
    while page := fetch_all(connection, [Statement(query.format(after=literal(after)))])[0]:
        yield from page
        after = page[-1][0]


def _head() -> tuple[int, str]:
    head = AuditHead.objects.first()
    return (head.seq, head.mac) if head else (0, GENESIS)


def _end(seq: int, entries: int, mac: str, head_before: int, anchors: list[Anchor]) -> Verdict:
    if max((anchor.seq for anchor in anchors), default=0) > seq:
        return Verdict(entries, Fault.CUT, seq + 1)
    head_seq, head_mac = _head()
    if seq < head_before or head_seq < seq or (head_seq == seq and head_mac != mac):
        return Verdict(entries, Fault.HEAD, seq)
    return Verdict(entries)
