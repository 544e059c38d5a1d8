"""How tests report, claim and decide: through the services, as people do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from accounts.models import User
from accounts.tests.factories import NOON
from chat.tests.factories import say
from moderation.enums import Action, Ground, Reason, ReportSource, TargetKind
from moderation.models import Case, Decision, StaffProfile
from moderation.services.claims import claim_case
from moderation.services.decisions import decide_case
from moderation.services.reports import FiledReport, file_report

if TYPE_CHECKING:
    from chat.models import Room

INSULT = "Espèce de zanahary-mena"


def insult(author: User, room: Room, text: str = INSULT, *, now: datetime = NOON) -> str:
    """A message that deserves a report; how it is named."""
    return f"{room.public_id}:{say(author, room, text, now=now).seq}"


def report(
    reporter: User | None,
    ref: str,
    kind: TargetKind = TargetKind.MESSAGE,
    reason: Reason = Reason.HARASSMENT,
    *,
    now: datetime = NOON,
    **more: Any,
) -> FiledReport:
    """What somebody tells us."""
    more.setdefault("source", ReportSource.MEMBER if reporter is not None else ReportSource.NOTICE_16)
    return file_report(reporter=reporter, target_kind=kind, target_ref=ref, reason=reason, now=now, **more)


def case_of(filed: FiledReport) -> Case:
    """The case that a report joined, freshly read."""
    assert filed.report.case_id is not None
    return Case.objects.get(pk=filed.report.case_id)


def claim(case: Case, by: StaffProfile, *, now: datetime = NOON) -> Case:
    """A case in somebody's hands."""
    return claim_case(case_id=case.pk, version=Case.objects.get(pk=case.pk).version, by=by, now=now)


def decide(case: Case, by: StaffProfile, action: Action = Action.REMOVE, *, now: datetime = NOON, **more: Any) -> Decision:
    """Claim and decide."""
    return decide_claimed(claim(case, by, now=now), by, action, now=now, **more)


def decide_claimed(case: Case, by: StaffProfile, action: Action = Action.REMOVE, *, now: datetime = NOON, **more: Any) -> Decision:
    """Decide on the sight of the case that is given."""
    fields: dict[str, Any] = {
        "version": case.version,
        "reason": Reason(case.reason),
        "ground": Ground.TERMS,
        "ground_ref": "Charte, article 3",
        "explanation": "La charte interdit les insultes.",
        "facts": "Le message insulte une autre personne du salon.",
    }
    return decide_case(case_id=case.pk, by=by, action=action, now=now, **fields | more)
