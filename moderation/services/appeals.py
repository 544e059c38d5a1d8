"""Appeals (DSA art. 20): free, within six months, once for each side, decided by another person than the one before.

Overturned for the person restricted: everything is put back at once. Overturned for a reporter whose report led to nothing: the case is
open again, for somebody else.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.models import User
from core.outbox import publish
from core.text import clean
from moderation.enums import Action, AppealState, AppellantKind, ReportState
from moderation.events import DecisionReversed
from moderation.models import Appeal, Decision, Report, StaffProfile
from moderation.queries.outcomes import APPEAL_SPAN
from moderation.queries.shown import list_appeals_shown_to
from moderation.services.cases import reopen_case
from moderation.services.noting import note
from moderation.services.telling import tell_appellant
from moderation.targets.measures import restore

CLOCK = timedelta(days=7)
TEXT, ANSWER = 4000, 2000


class NotYoursToAppeal(PermissionError):
    """Not a decision about this person, or not a report of theirs that led to nothing."""


class AppealTooLate(Exception):
    """More than six months after the answer."""


class AlreadyAppealed(Exception):
    """This side has appealed against this decision before; `appeal` is that appeal."""

    def __init__(self, appeal: Appeal) -> None:
        super().__init__(appeal.public_id)
        self.appeal = appeal


class AppealEmpty(ValueError):
    """Without a word of why."""


class AppealTooLong(ValueError):
    """More than 4,000 characters, or 2,000 for the answer."""


class NotYoursToReview(PermissionError):
    """The same person decided before, the matter is their own, or their role does not review."""


class AlreadyDecided(Exception):
    """Somebody answered this appeal before."""


def file_appeal(
    *,
    decision: Decision,
    side: AppellantKind,
    appellant: User | None = None,
    report: Report | None = None,
    text: str,
    language: str = "fr",
    now: datetime,
) -> Appeal:
    """Ask for another look. RESTRICTED: `appellant` is whom the decision is about. REPORTER: `report` is one that it left without
    consequence, by account (`appellant` is its reporter) or by the link of its receipt (`appellant` None).

    Raises:
        NotYoursToAppeal, AppealTooLate, AlreadyAppealed, AppealEmpty, AppealTooLong.
    """
    words = _checked(text, TEXT)
    _check_standing(decision, side, appellant, report)
    if now >= _told_at(decision, report) + APPEAL_SPAN:
        raise AppealTooLate(decision.public_id)
    who = f"u{appellant.pk}" if side == AppellantKind.RESTRICTED and appellant else f"r{report.pk if report else 0}"
    once_key = f"{decision.pk}:{side}:{who}"
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                decision=decision,
                side=side,
                appellant=appellant,
                report=report,
                text=words,
                language=language,
                created_at=now,
                due_at=now + CLOCK,
                once_key=once_key,
            )
            note(
                action="appeal.file",
                by=None,
                object_kind="appeal",
                object_ref=appeal.public_id,
                reason=decision.public_id,
                after={"side": side.value, "decision": decision.public_id},
                now=now,
            )
    except IntegrityError as error:
        first = Appeal.objects.filter(once_key=once_key).first()
        if first is None:
            raise
        raise AlreadyAppealed(first) from error
    return appeal


def decide_appeal(*, appeal: Appeal, by: StaffProfile, overturn: bool, answer: str, now: datetime) -> Appeal:
    """Uphold or overturn, by another person than the one who decided, and tell whoever appealed.

    Raises:
        NotYoursToReview, AlreadyDecided, AppealEmpty, AppealTooLong.
    """
    words = _checked(answer, ANSWER)
    if not list_appeals_shown_to(by).filter(pk=appeal.pk).exists():
        raise NotYoursToReview(appeal.public_id)
    state = AppealState.OVERTURNED if overturn else AppealState.UPHELD
    with transaction.atomic():
        pending = Appeal.objects.filter(pk=appeal.pk, state=AppealState.PENDING)
        if not pending.update(state=state, reviewer=by, answer=words, decided_at=now):
            raise AlreadyDecided(appeal.public_id)
        fresh = Appeal.objects.select_related("decision__case", "report").get(pk=appeal.pk)
        note(
            action="appeal.decide",
            by=by,
            object_kind="appeal",
            object_ref=fresh.public_id,
            reason=words[:500],
            before={"state": "PENDING"},
            after={"state": state.value, "decision": fresh.decision.public_id},
            now=now,
        )
        if overturn:
            reverse_decision(decision=fresh.decision, by=by, now=now)
        tell_appellant(appeal=fresh, now=now)
    return fresh


def reverse_decision(*, decision: Decision, by: StaffProfile | None, now: datetime) -> None:
    """Take a decision back in the caller's transaction: what it restricted is there again; one that left a report without consequence
    opens its case again. Taking it back twice changes nothing."""
    if not Decision.objects.filter(pk=decision.pk, reversed_at__isnull=True).update(reversed_at=now):
        return
    decision.reversed_at = now
    if decision.action == Action.NO_ACTION:
        again = reopen_case(case=decision.case, now=now)
        Report.objects.filter(case=decision.case_id).update(case=again, state=ReportState.JOINED, outcome_at=None)
    else:
        restore(decision=decision, reason=f"appeal of {decision.public_id}", by=by, now=now)
        publish(DecisionReversed(decision_id=decision.pk))
    note(
        action="decision.reverse",
        by=by,
        object_kind="case",
        object_ref=decision.case.public_id,
        reason=f"{decision.action} {decision.public_id}",
        after={"reversed_at": now},
        now=now,
    )


def _checked(text: str, longest: int) -> str:
    words = clean(text)
    if not words:
        raise AppealEmpty
    if len(words) > longest:
        raise AppealTooLong(len(words))
    return words


def _check_standing(decision: Decision, side: AppellantKind, appellant: User | None, report: Report | None) -> None:
    if side == AppellantKind.RESTRICTED:
        theirs = appellant is not None and appellant.pk == decision.subject_id and decision.action != Action.NO_ACTION
    else:
        of_case = report is not None and report.case_id == decision.case_id and report.state == ReportState.ANSWERED
        mine = report is not None and (appellant is None) == (report.reporter_id is None)
        mine = mine and (appellant is None or (report is not None and appellant.pk == report.reporter_id))
        theirs = of_case and mine and decision.action == Action.NO_ACTION
    if not theirs or decision.reversed_at is not None:
        raise NotYoursToAppeal(decision.public_id)


def _told_at(decision: Decision, report: Report | None) -> datetime:
    return report.outcome_at if report is not None and report.outcome_at is not None else decision.starts_at
