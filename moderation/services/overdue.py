"""What does not wait for anybody: cases past their clock, and measures over rooms whose day has come."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from moderation.enums import Action
from moderation.metrics import CASES_OVERDUE
from moderation.models import Case, Decision
from moderation.services.noting import note
from moderation.services.telling import tell_team_of_overdue
from moderation.targets.measures import restore

_BATCH = 500
_OF_ROOMS = (Action.SLOW_ROOM, Action.FREEZE_ROOM)


def alarm_overdue(*, now: datetime) -> int:
    """Tell the whole team, once for each, of the cases whose first action is late, and count all of them for the watch; how many were
    told of. Runs every 30 seconds: nobody waits longer than a minute for the alarm."""
    late = Case.objects.filter(open_key__isnull=False, due_at__lte=now)
    CASES_OVERDUE.set(late.count())
    told = 0
    for case in late.filter(overdue_told_at__isnull=True).order_by("due_at")[:_BATCH]:
        with transaction.atomic():
            if not Case.objects.filter(pk=case.pk, overdue_told_at__isnull=True).update(overdue_told_at=now):
                continue  # another process was quicker
            tell_team_of_overdue(case=case, now=now)
            note(action="case.overdue", by=None, object_kind="case", object_ref=case.public_id, reason=f"S{case.severity}", now=now)
            told += 1
    return told


def end_due_measures(*, now: datetime) -> int:
    """Lift the measures over rooms whose day has come; how many. Seats and accounts end theirs by themselves."""
    due = Decision.objects.filter(action__in=_OF_ROOMS, ends_at__lte=now, ended_at__isnull=True, reversed_at__isnull=True)
    return sum(_end(decision, now) for decision in due.select_related("case").order_by("ends_at")[:_BATCH])


def _end(decision: Decision, now: datetime) -> bool:
    with transaction.atomic():
        standing = Decision.objects.filter(pk=decision.pk, ended_at__isnull=True, reversed_at__isnull=True)
        if not standing.update(ended_at=now):
            return False
        restore(decision=decision, reason="ends_at", by=None, now=now)
        note(action="decision.end", by=None, object_kind="case", object_ref=decision.case.public_id, reason=decision.public_id, now=now)
    return True
