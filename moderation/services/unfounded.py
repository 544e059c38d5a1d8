"""Reporters whose reports keep leading to nothing (DSA art. 23(2)): a person looks at them, nothing happens by itself.

The case is about their account. Who decides it warns first, and suspends the right to report for a set time if it goes on.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from moderation.enums import Action, Reason, ReportSource, TargetKind
from moderation.models import Case, Decision, Report
from moderation.queries.people import is_unfounded_reporter
from moderation.services.reports import file_report
from moderation.targets import TargetGone, TargetNotFound

_NOT_AGAIN = timedelta(days=30)
SUMMARY = "Signalements répétés sans suite : au moins dix en six mois, dont quatre sur cinq n’ont mené à rien."


def watch_reporters(*, decision_id: int, now: datetime) -> int:
    """After a report led to nothing, open a case about each of its reporters whose record asks for it, once in thirty days; how many."""
    decision = Decision.objects.filter(pk=decision_id, action=Action.NO_ACTION).first()
    if decision is None:
        return 0
    opened = 0
    for report in Report.objects.filter(case=decision.case_id, reporter__isnull=False).select_related("reporter"):
        person = report.reporter
        if person is None or not is_unfounded_reporter(user=person, now=now):
            continue
        known = Case.objects.filter(target_kind=TargetKind.ACCOUNT, target_ref=person.public_id, opened_at__gt=now - _NOT_AGAIN)
        if known.filter(reports__source=ReportSource.AUTOMATIC).exists():
            continue
        try:
            file_report(
                source=ReportSource.AUTOMATIC,
                reporter=None,
                target_kind=TargetKind.ACCOUNT,
                target_ref=person.public_id,
                reason=Reason.OTHER,
                explanation=SUMMARY,
                now=now,
            )
        except (TargetGone, TargetNotFound):
            continue  # the account is gone
        opened += 1
    return opened
