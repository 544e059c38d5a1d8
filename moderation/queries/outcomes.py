"""What became of a report, as its reporter may know it: what was done and on which ground in general words, never against whom else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.models import User
from moderation.enums import Action, AppellantKind, CaseState, ReportState
from moderation.models import Appeal, Decision, Report

# DSA art. 20(1): at least six months from being told. Counted in days so that no month is shorter than another.
APPEAL_SPAN = timedelta(days=183)
LISTED = 100


class Effect(StrEnum):
    """What was done, as far as a reporter is told."""

    NOTHING = "NOTHING"
    WARNED = "WARNED"
    CONTENT = "CONTENT"
    ROOM = "ROOM"
    PERSON = "PERSON"


_EFFECTS = {
    Action.NO_ACTION: Effect.NOTHING,
    Action.WARN: Effect.WARNED,
    Action.REMOVE: Effect.CONTENT,
    Action.DISABLE: Effect.CONTENT,
    Action.SLOW_ROOM: Effect.ROOM,
    Action.FREEZE_ROOM: Effect.ROOM,
    Action.CLOSE_ROOM: Effect.ROOM,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a report stands. `decision` and `effect` are None until somebody decided."""

    report: Report
    in_hand: bool
    due_at: datetime | None
    decision: Decision | None
    effect: Effect | None
    appeal: Appeal | None
    appeal_until: datetime | None

    @property
    def refused(self) -> bool:
        """Nothing could be found under what was reported."""
        return self.report.state == ReportState.REJECTED_FORMAL

    @property
    def may_appeal(self) -> bool:
        """Once for each decision: one that an appeal brought about may be appealed against again."""
        again = self.appeal is None or self.decision is None or self.appeal.decision_id != self.decision.pk
        return self.appeal_until is not None and again


def get_outcome(*, report: Report, now: datetime) -> Outcome:
    """Where a report stands, for whoever came through its door. Two queries."""
    case = report.case
    told = report.state == ReportState.ANSWERED
    decision = Decision.objects.filter(case=case).order_by("-starts_at", "-pk").first() if case and told else None
    appeal = Appeal.objects.filter(report=report, side=AppellantKind.REPORTER).order_by("-pk").first()
    return Outcome(
        report=report,
        in_hand=case is not None and case.state in (CaseState.CLAIMED, CaseState.ESCALATED),
        due_at=case.due_at if case and case.is_open else None,
        decision=decision,
        effect=_EFFECTS.get(Action(decision.action), Effect.PERSON) if decision else None,
        appeal=appeal,
        appeal_until=_appeal_until(report, decision, now),
    )


def list_reports_of(*, user: User) -> list[Report]:
    """The reports that somebody made, the newest first, a hundred at most. One query."""
    return list(Report.objects.filter(reporter=user).select_related("case").order_by("-created_at", "-pk")[:LISTED])


def _appeal_until(report: Report, decision: Decision | None, now: datetime) -> datetime | None:
    """Until when the reporter may ask for another look; None when there is nothing to appeal against, or the time is over."""
    if decision is None or decision.action != Action.NO_ACTION or decision.reversed_at or report.outcome_at is None:
        return None
    until = report.outcome_at + APPEAL_SPAN
    return until if now < until else None
