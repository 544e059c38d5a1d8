"""Anchors: the end of the chain as it was at an hour, noted in the database and in a file that belongs on other storage.

A line of the file is `{"seq", "mac", "at", "sig"}`; `sig` is an HMAC under a key derived from the KEK, which no database holds.
"""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from core.clock import to_wire_exact
from core.models import AuditAnchor, AuditHead


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
    if not file.exists():
        return []
    return [_read_line(line) for line in file.read_text("ascii").splitlines() if line]


def _add_line(file: Path, seq: int, mac: str, at: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"seq": seq, "mac": mac, "at": at, "sig": _sign(seq, mac, at)})
    with file.open("a", encoding="ascii") as out:
        out.write(line + "\n")
        out.flush()
        os.fsync(out.fileno())


def _read_line(line: str) -> Anchor:
    try:
        found = json.loads(line)
        seq, mac, at, sig = int(found["seq"]), str(found["mac"]), str(found["at"]), str(found["sig"])
    except (ValueError, KeyError, TypeError) as error:
        raise AnchorError(line[:80]) from error
    if not hmac.compare_digest(sig.encode(), _sign(seq, mac, at).encode()):
        raise AnchorError(line[:80])
    return Anchor(seq, mac)


def _sign(seq: int, mac: str, at: str) -> str:
    key = hmac.digest(bytes.fromhex(settings.RESAKA_KEK), b"resaka.audit.anchor", "sha256")
    return hmac.digest(key, f"{seq}:{mac}:{at}".encode(), "sha256").hex()
