"""Cases: one for each target that is reported, as long as it is open; how urgent it is, and how much weighs on it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from chat.services import boosts
from moderation.enums import CaseState, Reason, ReportSource, Severity, TargetKind
from moderation.models import Case, Report
from moderation.queries.people import trust_of
from moderation.reasons import REASONS, WEIGHTS, due_at
from moderation.targets import Snapshot

_TRUSTED = 2.0
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_DAY = 86400.0


def open_key_of(kind: str, ref: str) -> str:
    """What is unique among open cases."""
    return f"{kind}:{ref}"


def join_case(*, report: Report, snapshot: Snapshot, now: datetime) -> Case:
    """The one open case of a report's target, made if there is none, locked until the end of the transaction.

    Two first reports at once make one case: the second waits in its insert, which then changes nothing. An insert that fails instead would
    leave both with a shared lock on the row, each waiting for the other's to go (MariaDB calls that a deadlock).
    """
    key = open_key_of(report.target_kind, report.target_ref)
    mine = Case.objects.select_for_update().filter(open_key=key)
    if (found := mine.first()) is not None:
        return found
    target = ["open_key"] if connection.features.supports_update_conflicts_with_target else None
    fresh = Case(open_key=key, **_new(report, snapshot, now))
    Case.objects.bulk_create([fresh], update_conflicts=True, update_fields=["target_kind"], unique_fields=target)
    case = mine.get()
    tell_room(case=case, now=now)
    return case


def tell_room(*, case: Case, now: datetime) -> None:
    """Have a room know whether a case about it is open, in the transaction that opens or closes it: meanwhile it is not put forward."""
    if case.target_kind == TargetKind.ROOM:
        boosts.note_case(room_public_id=case.target_ref, is_open=case.is_open, now=now)


def _new(report: Report, snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    reason = Reason(report.reason)
    severity = REASONS[reason].severity_of(danger_now=report.danger_now)
    return {
        "target_kind": report.target_kind,
        "target_ref": report.target_ref,
        "subject_id": snapshot.subject_id,
        "reason": reason,
        "severity": severity,
        "language": snapshot.language,
        "child_safety": REASONS[reason].shown_only_to_child_safety,
        "content_at": snapshot.content_at,
        "opened_at": now,
        "due_at": due_at(severity, since=now, trusted=_is_trusted(report)),
    }


def weigh_case(*, case: Case, report: Report, reach: int, likely: float = 0.0, now: datetime) -> None:
    """Take a report that has joined into account: the gravest reason leads, its clock runs from its first report and is never put back.

    `likely`: what the house has learned of such texts (0 to 1, `services.ranking`) and what its rules noticed in this one (0 to 1,
    `share_of`); each of them at its most counts double within its severity.

    `version` moves only when the case has become another matter (graver, or one for child safety): whoever is deciding must look again
    then, and only then, or a flood of reports would keep everybody from deciding.
    """
    reason = Reason(report.reason)
    severity = REASONS[reason].severity_of(danger_now=report.danger_now)
    changes: dict[str, Any] = {"score": _score(case, reach) + likely}
    changes["due_at"] = min(case.due_at, due_at(severity, since=now, trusted=_is_trusted(report)))
    child_safety = case.child_safety or REASONS[reason].shown_only_to_child_safety
    if severity < case.severity or child_safety != case.child_safety:
        changes |= {"severity": min(severity, case.severity), "child_safety": child_safety, "version": F("version") + 1}
        changes["reason"] = reason if severity <= case.severity else case.reason
    Case.objects.filter(pk=case.pk).update(**changes)


def share_of(noticed: float) -> float:
    """The score of a verdict, which has no end, as a part between 0 and 1: 0 for 0, a half for 1, and always more for more."""
    return noticed / (1 + noticed) if noticed > 0 else 0.0


def _is_trusted(report: Report) -> bool:
    return report.source in (ReportSource.TRUSTED_FLAGGER, ReportSource.AUTHORITY)


def _score(case: Case, reach: int) -> float:
    """sum(trust * weight) * reach * 2^(-age in days), as its logarithm from a fixed day on: the order of two cases is the same at every
    moment, so nothing has to be counted anew as time goes by."""
    total, newest = 0.0, case.opened_at
    for one in Report.objects.filter(case=case).select_related("reporter"):
        severity = REASONS[Reason(one.reason)].severity_of(danger_now=one.danger_now)
        total += (_TRUSTED if _is_trusted(one) else trust_of(user=one.reporter)) * WEIGHTS[Severity(severity)]
        newest = max(newest, one.created_at)
    base = total * (1 + math.log10(1 + reach))
    return math.log2(base) + (newest - EPOCH).total_seconds() / _DAY if base > 0 else 0.0


def reopen_case(*, case: Case, now: datetime) -> Case:
    """Open a decided case again with a fresh clock; what was reported of the same target since keeps its own case, and takes this one's
    place: then that one comes back."""
    key = open_key_of(case.target_kind, case.target_ref)
    again = {
        "state": CaseState.OPEN,
        "open_key": key,
        "claimed_by": None,
        "claim_expires_at": None,
        "decided_at": None,
        "due_at": now + Severity(case.severity).due_in,
        "overdue_told_at": None,
        "version": F("version") + 1,
    }
    try:
        with transaction.atomic():
            Case.objects.filter(pk=case.pk).update(**again)
    except IntegrityError:
        return Case.objects.get(open_key=key)
    again_open = Case.objects.get(pk=case.pk)
    tell_room(case=again_open, now=now)
    return again_open
