"""Cases and decisions to state the reasons of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from accounts.tests.factories import NOON
from moderation.enums import Action, Ground, Reason, ReportSource, Severity, TargetKind
from moderation.models import Case, Decision, Report, StaffProfile, StatementOfReasons
from moderation.services.statements import make_statement


def make_case(subject: User | None = None, *, target: TargetKind = TargetKind.MESSAGE, now: datetime = NOON, **fields: Any) -> Case:
    """A case of a message in French that somebody called an insult, an hour before."""
    fields = {"reason": Reason.HARASSMENT, "severity": Severity.S2, "opened_at": now, "due_at": now + timedelta(hours=4)} | fields
    return Case.objects.create(target_kind=target, target_ref="room:1", subject=subject, **fields)


def make_report(case: Case, source: ReportSource = ReportSource.MEMBER, *, now: datetime = NOON, **fields: Any) -> Report:
    fields = {"target_kind": case.target_kind, "target_ref": case.target_ref, "reason": case.reason, "created_at": now} | fields
    return Report.objects.create(case=case, source=source, **fields)


def build_decision(case: Case, moderator: StaffProfile | None = None, *, now: datetime = NOON, **fields: Any) -> Decision:
    """A decision as `decide_case` makes it, not saved."""
    fields = {
        "action": Action.REMOVE,
        "ground": Ground.TERMS,
        "ground_ref": "Charte, article 3",
        "explanation": "La charte interdit les insultes.",
        "facts": "Le message insulte une autre personne du salon.",
        "reason": case.reason,
        "starts_at": now,
    } | fields
    return Decision(case=case, subject=case.subject, moderator=moderator, **fields)


def make_decision(case: Case, moderator: StaffProfile | None = None, *, now: datetime = NOON, **fields: Any) -> Decision:
    decision = build_decision(case, moderator, now=now, **fields)
    decision.save()
    return decision


def state(decision: Decision, *pseudonyms: str, now: datetime = NOON) -> StatementOfReasons:
    made = make_statement(decision=decision, pseudonyms=pseudonyms, now=now)
    assert made is not None
    return made
