"""How tests report, claim and decide: through the services, as people do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from accounts.models import User
from accounts.tests.factories import NOON
from chat.tests.factories import say
from moderation.enums import Reason, ReportSource, TargetKind
from moderation.models import Case
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
