"""Opening what was reported: for people who work on the case, and never without a line in the audit chain."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from moderation.models import Appeal, Case, StaffProfile
from moderation.queries.media import list_snapshots
from moderation.services.evidence import unseal_evidence
from moderation.services.noting import note


def read_case(*, case: Case, by: StaffProfile, now: datetime) -> list[dict[str, Any]]:
    """The snapshots of a case as they were taken, oldest first; that they were opened is noted with it.

    Raises:
        moderation.services.evidence.EvidenceDamaged: a row was moved or changed, or the key of all evidence is gone.
    """
    with transaction.atomic():
        note(action="case.read", by=by, object_kind="case", object_ref=case.public_id, reason="", now=now)
    return _open(case)


def read_for_appeal(*, appeal: Appeal, by: StaffProfile, now: datetime) -> list[dict[str, Any]]:
    """The same for another person who decides the appeal, noted on the appeal.

    Raises:
        moderation.services.evidence.EvidenceDamaged.
    """
    with transaction.atomic():
        note(action="appeal.read", by=by, object_kind="appeal", object_ref=appeal.public_id, reason="", now=now)
    return _open(appeal.decision.case)


def _open(case: Case) -> list[dict[str, Any]]:
    return [json.loads(unseal_evidence(evidence=one)) for one in list_snapshots(case=case)]
