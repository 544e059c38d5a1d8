"""Evidence: what was there when it was reported, sealed at that moment apart from its author's key, known by its digest.

Rows are added and read, never changed. Erasing an account destroys its author's key and leaves these readable, as long as their case needs
them (GDPR art. 17(3)(e)).
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from core import sealing
from core.clock import to_wire
from core.ids import new_public_id
from moderation.models import Case, Evidence, Report
from moderation.targets import Snapshot

SCOPE = "evidence"
SNAPSHOT, MEDIA = "SNAPSHOT", "MEDIA"
_VERSION = 1


class EvidenceDamaged(Exception):
    """What lies there is not what was sealed: moved, changed, or its key is gone."""


def keep_evidence(*, case: Case, report: Report, snapshot: Snapshot, now: datetime) -> Evidence:
    """Seal a snapshot and its files for a case, in the transaction of the report; the row of the snapshot."""
    files = [_keep(case, report, MEDIA, media.content, media.content_type, now) for media in snapshot.media]
    sheet = {
        "version": _VERSION,
        "case": case.public_id,
        "report": report.public_id,
        "target": {"kind": case.target_kind, "ref": case.target_ref},
        "taken_at": to_wire(now),
        "facts": snapshot.facts,
        "files": [{"ref": media.ref, "sha256": row.sha256} for media, row in zip(snapshot.media, files, strict=True)],
    }
    return _keep(case, report, SNAPSHOT, canonical(sheet), "application/json", now)


def canonical(value: Any) -> bytes:
    """One JSON text for one value: sorted keys, no blanks, UTF-8; what the digest is taken of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _keep(case: Case, report: Report, kind: str, content: bytes, content_type: str, now: datetime) -> Evidence:
    row = Evidence(
        public_id=new_public_id(),
        case=case,
        report=report,
        kind=kind,
        content_type=content_type,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        taken_at=now,
    )
    row.blob = sealing.seal(SCOPE, content, row.sealing_ad)
    row.save(force_insert=True)
    return row


def unseal_evidence(*, evidence: Evidence) -> bytes:
    """The content of one piece, without asking who reads and without noting it. What shows it to somebody does both first
    (`services.reading`, `services.reveals`).

    Raises:
        EvidenceDamaged.
    """
    try:
        content = sealing.open_sealed(SCOPE, bytes(evidence.blob), evidence.sealing_ad)
    except sealing.SealingError as error:
        raise EvidenceDamaged(evidence.public_id) from error
    if hashlib.sha256(content).hexdigest() != evidence.sha256:
        raise EvidenceDamaged(evidence.public_id)
    return content
