"""A case decided in one stroke, as the rows are afterwards: for pages that only read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moderation.enums import Action, CaseState, Ground, ReportState
from moderation.models import Decision, Report, StaffProfile


def decide(report: Report, action: Action, by: StaffProfile, *, now: datetime, **fields: Any) -> Decision:
    """The case of a report is decided, and everybody who reported it is answered."""
    case = report.case
    assert case is not None
    decision = Decision.objects.create(
        case=case,
        moderator=by,
        subject=case.subject,
        action=action,
        reason=case.reason,
        ground=fields.pop("ground", Ground.TERMS),
        ground_ref="charte, règle 6",
        explanation="EXPLICATION-INTERNE",
        facts="FAITS-INTERNES",
        starts_at=now,
        **fields,
    )
    case.state, case.open_key, case.decided_at = CaseState.DECIDED, None, now
    case.save(update_fields=["state", "open_key", "decided_at"])
    Report.objects.filter(case=case).update(state=ReportState.ANSWERED, outcome_at=now)
    return decision
