"""Evidence: what was there when it was reported, sealed at that moment apart from its author's key, known by its digest.

Rows are added and read, never changed. Erasing an account destroys its author's key and leaves these readable, as long as their case needs
them (GDPR art. 17(3)(e)).
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import transaction

from core import sealing
from core.clock import to_wire
from core.ids import new_public_id
from moderation.enums import ApprovalKind
from moderation.models import Case, Evidence, Report, StaffProfile
from moderation.queries.shown import list_cases_shown_to
from moderation.services.approvals import use_approval
from moderation.services.noting import note
from moderation.targets import Snapshot

SCOPE = "evidence"
SNAPSHOT, MEDIA = "SNAPSHOT", "MEDIA"
_VERSION = 1


class EvidenceDamaged(Exception):
    """What lies there is not what was sealed: moved, changed, or its key is gone."""


class EvidenceClosed(PermissionError):
    """Not a case that this member of the team may open."""


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


def open_evidence(*, evidence: Evidence, by: StaffProfile, reason: str, now: datetime) -> bytes:
    """The content of one piece, for somebody of the team who may open its case; noted in the audit chain before it is handed out.

    What is suspected to be abuse of children is opened by CHILD_SAFETY with the agreement of a second person, once for each agreement
    (`ApprovalKind.VIEW_CHILD_ABUSE` on the public id of the evidence).

    Raises:
        EvidenceClosed, EvidenceDamaged; NotApproved.
    """
    if not list_cases_shown_to(by).filter(pk=evidence.case_id).exists():
        raise EvidenceClosed(evidence.public_id)
    with transaction.atomic():
        if evidence.case.child_safety and evidence.kind == MEDIA:
            use_approval(kind=ApprovalKind.VIEW_CHILD_ABUSE, object_ref=evidence.public_id, by=by, now=now)
        note(
            action="evidence.open",
            by=by,
            object_kind="evidence",
            object_ref=evidence.public_id,
            reason=reason or evidence.case.public_id,
            after={"sha256": evidence.sha256},
            now=now,
        )
    return unseal_evidence(evidence=evidence)


def unseal_evidence(*, evidence: Evidence) -> bytes:
    """The content of one piece without asking who reads: for what the house itself does with it, never for a page.

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
