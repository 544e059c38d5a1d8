"""Anchors: the end of the chain as it was at an hour, noted in the database and in a file that belongs on other storage.

A line of the file is `{"seq", "mac", "at", "sig"}`; `sig` is an HMAC under a key derived from the KEK, which no database holds.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core import kek
from core.clock import to_wire_exact
from core.lines import append_lines
from core.models import AuditAnchor, AuditHead

_LABEL = "resaka.audit.anchor"


class AnchorError(ValueError):
    """A line of the anchor file is damaged or was not signed by this house."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the chain at some time."""

    seq: int
    mac: str


def leave_anchor(*, now: datetime, file: Path | None = None) -> int:
    """Note the present end, in the table and in `file` if one is given; its number, 0 when nothing is new since the last one."""
    head = AuditHead.objects.first()
    if head is None or AuditAnchor.objects.filter(seq=head.seq).exists():
        return 0
    if file is not None:  # first: what the table alone knows can be cut off with the rest
        _add_line(file, head.seq, head.mac, to_wire_exact(now))
    AuditAnchor.objects.create(seq=head.seq, mac=head.mac, at=now)
    return head.seq


def list_anchors() -> list[Anchor]:
    """The anchors of the table."""
    return [Anchor(seq, mac) for seq, mac in AuditAnchor.objects.order_by("seq").values_list("seq", "mac")]


def read_anchor_file(file: Path) -> list[Anchor]:
    """The anchors of a file; none when it is not there yet.

    Raises:
        AnchorError.
    """
    return [anchor for anchor, _at in _read(file)]


def sign_again(file: Path) -> int:
    """Sign every line of an anchor file under the present KEK, in one step; how many. For the day before an earlier KEK is forgotten.

    Raises:
        AnchorError: a line is damaged or foreign, and the file stays as it is; OSError: it lies where nothing can be changed.
    """
    lines = [_dump(anchor.seq, anchor.mac, at) for anchor, at in _read(file)]
    if lines:
        fresh = file.with_name(f"{file.name}.signed")
        fresh.unlink(missing_ok=True)
        append_lines(fresh, lines)
        os.replace(fresh, file)
    return len(lines)


def _add_line(file: Path, seq: int, mac: str, at: str) -> None:
    append_lines(file, [_dump(seq, mac, at)])


def _dump(seq: int, mac: str, at: str) -> str:
    return json.dumps({"seq": seq, "mac": mac, "at": at, "sig": kek.sign(_LABEL, _said(seq, mac, at))})


def _read(file: Path) -> list[tuple[Anchor, str]]:
    if not file.exists():
        return []
    return [_read_line(line) for line in file.read_text("ascii").splitlines() if line]


def _read_line(line: str) -> tuple[Anchor, str]:
    try:
        found = json.loads(line)
        seq, mac, at, sig = int(found["seq"]), str(found["mac"]), str(found["at"]), str(found["sig"])
    except (ValueError, KeyError, TypeError) as error:
        raise AnchorError(line[:80]) from error
    if not kek.is_signed(_LABEL, _said(seq, mac, at), sig):
        raise AnchorError(line[:80])
    return Anchor(seq, mac), at


def _said(seq: int, mac: str, at: str) -> bytes:
    return f"{seq}:{mac}:{at}".encode()
