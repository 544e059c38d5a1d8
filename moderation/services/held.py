"""Messages that the rules keep back: a case is opened for each, and closed when somebody below has decided first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from moderation.enums import CaseState, Reason, ReportSource, ReportState, RuleKind, RuleOutcome, RuleTopic, TargetKind
from moderation.models import Case, Report, Rule, RuleVersion
from moderation.reasons import REASONS
from moderation.services.noting import note
from moderation.services.reports import file_report
from moderation.targets import TargetGone

_REASONS = {
    RuleTopic.INSULT: Reason.HARASSMENT,
    RuleTopic.THREAT: Reason.THREAT,
    RuleTopic.HATE: Reason.HATE_GROUP,
    RuleTopic.PERSONAL_DATA: Reason.DOXXING,
    RuleTopic.SCAM: Reason.SCAM,
    RuleTopic.GROOMING: Reason.GROOMING,
    RuleTopic.MINOR: Reason.MINOR_ON_SERVICE,
    RuleTopic.LINK: Reason.SCAM,
    RuleTopic.BEHAVIOUR: Reason.SPAM,
    RuleTopic.FLOOD: Reason.SPAM,
    RuleTopic.ROOM: Reason.OTHER,
}


def open_held_case(*, held_id: str, hits: Sequence[dict[str, Any]], score: float = 0.0, now: datetime) -> Case | None:
    """Bring a message that a rule keeps back before the team, once; None when somebody has decided about it already. `score` is that of the
    verdict, and orders the queue alone."""
    if (first := Case.objects.filter(target_kind=TargetKind.HELD_MESSAGE, target_ref=held_id).first()) is not None:
        return first
    try:
        filed = file_report(
            source=ReportSource.AUTOMATIC,
            reporter=None,
            target_kind=TargetKind.HELD_MESSAGE,
            target_ref=held_id,
            reason=reason_of(hits=hits),
            noticed=score,
            now=now,
        )
    except TargetGone:
        return None
    return filed.report.case


def close_held_case(*, held_id: str, state: str, now: datetime) -> None:
    """The moderation of its room, its author, or the end of three days was quicker: nothing is left to decide. Told twice, it is closed
    once."""
    rows = Case.objects.filter(target_kind=TargetKind.HELD_MESSAGE, target_ref=held_id, open_key__isnull=False)
    with transaction.atomic():
        case = rows.select_for_update().first()
        if case is None:
            return
        closed = {"state": CaseState.CLOSED, "open_key": None, "claimed_by": None, "claim_expires_at": None}
        Case.objects.filter(pk=case.pk).update(version=F("version") + 1, decided_at=now, **closed)
        Report.objects.filter(case=case).update(state=ReportState.ANSWERED, outcome_at=now)
        ref = case.public_id
        note(action="case.close", by=None, object_kind="case", object_ref=ref, reason=f"held message {state}", after=state, now=now)


def concerns_team(*, hits: Sequence[dict[str, Any]]) -> bool:
    """Whether the team decides about a text that rules keep back: not where only the words of its room do, which are the room's to judge as
    its tools are. One query."""
    found = {(hit["rule_id"], hit["version"]) for hit in hits if not hit["shadow"]}
    holding = Q(outcome=RuleOutcome.HOLD) | Q(rule__kind=RuleKind.BEHAVIOUR)
    versions = RuleVersion.objects.filter(holding, rule_id__in={rule_id for rule_id, _number in found})
    rows = versions.values_list("rule_id", "number", "rule__room_id")
    rooms = [room_id for rule_id, number, room_id in rows if (rule_id, number) in found]
    return not rooms or None in rooms


def reason_of(*, hits: Sequence[dict[str, Any]]) -> Reason:
    """The gravest reason among the rules that matched and are not on trial; OTHER without one."""
    ids = [hit["rule_id"] for hit in hits if not hit["shadow"]]
    topics = Rule.objects.filter(pk__in=ids).values_list("topic", flat=True)
    reasons = [_REASONS[RuleTopic(topic)] for topic in topics]
    return min(reasons, key=lambda reason: REASONS[reason].severity_of(danger_now=False), default=Reason.OTHER)
