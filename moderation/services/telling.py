"""Telling both sides: the person whom a decision restricts, and those who reported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from core.outbox import publish
from moderation.enums import AppealState, AppellantKind, StaffRole
from moderation.events import NoticeAnswered
from moderation.models import Appeal, Case, Decision, Report, StaffProfile
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify


def tell_subject(*, decision: Decision, now: datetime) -> None:
    """The person whom a decision is about, in the transaction that puts it in force (DSA art. 17(2)); nobody there: nothing."""
    if decision.subject_id is not None:
        path = reverse("moderation:decision", args=[decision.public_id])
        _tell(decision.subject_id, NoticeKind.DECISION, "DECISION", decision.public_id, path, {"action": decision.action}, now)


def tell_reporters(*, decision_id: int, now: datetime) -> int:
    """Everybody who reported what was decided: that somebody looked, with the way to the answer (DSA art. 16(5)); how many. Members by
    notice, others by a letter to the address that they gave."""
    decision = Decision.objects.filter(pk=decision_id).first()
    if decision is None:
        return 0
    told = 0
    for report in Report.objects.filter(case=decision.case_id, outcome_at__gte=decision.starts_at).iterator(chunk_size=500):
        if report.reporter_id is not None:
            path = reverse("moderation:reported", args=[report.public_id])
            _tell(report.reporter_id, NoticeKind.REPORT_ANSWERED, "REPORT", decision.public_id, path, {"ref": report.public_id}, now)
        elif report.contact:
            publish(NoticeAnswered(report_id=report.pk))
        told += 1
    return told


def tell_appellant(*, appeal: Appeal, now: datetime) -> None:
    """Whoever appealed: what the other person found, in the caller's transaction."""
    if appeal.appellant_id is None:
        if appeal.report_id is not None:
            publish(NoticeAnswered(report_id=appeal.report_id))
        return
    page, ref = "moderation:decision", appeal.decision.public_id
    if appeal.side == AppellantKind.REPORTER and appeal.report is not None:
        page, ref = "moderation:reported", appeal.report.public_id
    args = {"won": appeal.state == AppealState.OVERTURNED}
    _tell(appeal.appellant_id, NoticeKind.APPEAL_ANSWERED, "APPEAL", appeal.public_id, reverse(page, args=[ref]), args, now)


def tell_team_of_overdue(*, case: Case, now: datetime) -> int:
    """Everybody of the team who may open a case: it is late. What is for child safety is told to them, as long as there is anybody."""
    team = list(StaffProfile.objects.filter(active=True))
    guardians = [one for one in team if one.has_role(StaffRole.CHILD_SAFETY)]
    desk = [one for one in team if one.has_role(StaffRole.MODERATOR, StaffRole.SENIOR, StaffRole.CHILD_SAFETY)]
    told = guardians if case.child_safety and guardians else desk
    args = {"ref": case.public_id, "severity": case.severity, "due_at": case.due_at.strftime("%Y-%m-%d %H:%M")}
    page = reverse("admin:moderation_case", args=[case.public_id])
    for one in told:
        _tell(one.user_id, NoticeKind.CASE_OVERDUE, "CASE", case.public_id, page, args, now, once=case.due_at.isoformat())
    return len(told)


def _tell(
    user_id: int, kind: NoticeKind, what: str, ref: str, path: str, args: Mapping[str, Any], now: datetime, *, once: str = ""
) -> None:
    notify(
        user_id=user_id,
        kind=kind,
        subject=Subject("moderation", what, ref),
        dedupe_key=f"{kind}:{ref}:{once}"[:80],
        group_key=f"moderation:{kind}",
        args=args,
        path=path,
        now=now,
    )
