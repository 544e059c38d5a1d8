"""Writing the chain, and what the MAC of an entry covers."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from core.chains import GENESIS, begin, link
from core.models import AuditEntry, AuditHead
from core.sealing import mac_key

SCOPE = "audit"
_HEAD = 1


class OutsideTransaction(RuntimeError):
    """An entry was appended where nothing would commit it together with the deed it tells of."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A deed to note.

    `actor` is the stable id of who did it and is kept as a keyed hash alone; `handle` is the name they work under (empty: the caller
    knows none, or the system did it). `before` and `after` are digests (`digest_of`), never the things themselves.
    """

    action: str
    object_kind: str
    object_ref: str
    reason: str
    actor: str = ""
    handle: str = ""
    role: str = ""
    before: str = ""
    after: str = ""


def digest_of(state: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of a state, for `before` and `after`; keys in any order give the same."""
    return hashlib.sha256(json.dumps(state, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def append(entry: Entry, *, now: datetime) -> int:
    """Add an entry in the transaction of the caller; its number. Others who append wait until that transaction ends.

    Raises:
        OutsideTransaction.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(entry.action)
    AuditHead.objects.get_or_create(pk=_HEAD, defaults={"seq": 0, "mac": GENESIS})
    head = AuditHead.objects.select_for_update().get(pk=_HEAD)
    kid, key = mac_key(SCOPE)
    row = AuditEntry(
        seq=head.seq + 1,
        at=now,
        handle=entry.handle,
        actor_hash=actor_hash(entry.actor) if entry.actor else "",
        role=entry.role,
        action=entry.action,
        object_kind=entry.object_kind,
        object_ref=entry.object_ref,
        reason=entry.reason,
        before_sha256=entry.before,
        after_sha256=entry.after,
        prev_mac=head.mac,
        kid=kid,
    )
    row.mac = mac_of(begin(key), head.mac, [getattr(row, name) for name in COVERED])
    row.save(force_insert=True)
    AuditHead.objects.filter(pk=_HEAD).update(seq=row.seq, mac=row.mac)
    return row.seq


def actor_hash(actor: str) -> str:
    """What is kept of an actor's id: it can be asked for, not read back."""
    return hmac.digest(mac_key(SCOPE)[1], b"actor:" + actor.encode(), "sha256").hex()


# Every column but the MACs, in the order in which the MAC covers them.
COVERED = (
    "seq",
    "at",
    "handle",
    "actor_hash",
    "role",
    "action",
    "object_kind",
    "object_ref",
    "reason",
    "before_sha256",
    "after_sha256",
    "kid",
)


def mac_of(begun: hmac.HMAC, prev_mac: str, values: Iterable[int | str | datetime]) -> str:
    """The MAC (hex) of an entry that follows one with `prev_mac`; `values` as `COVERED` names them, a time also as its text on the wire."""
    return link(begun, prev_mac, values)
