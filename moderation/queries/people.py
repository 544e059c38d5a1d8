"""What the desk knows of a person: what was decided about them, how well their reports held, what is proportionate next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from accounts.models import User
from accounts.queries.evidence import list_names_worn
from moderation.actions import ACTIONS, STRIKE_COUNTS, Step, next_step
from moderation.enums import AppealState, ReportState, Severity
from moderation.models import Appeal, Case, Decision, Report

STRIKES = tuple(action for action, spec in ACTIONS.items() if spec.strike)
UNFOUNDED_SINCE = timedelta(days=183)
# From so many answered reports on, of which so large a share led to nothing, somebody looks at the reporter (DSA art. 23(2)).
UNFOUNDED_FROM, UNFOUNDED_SHARE = 10, 0.8


@dataclass(frozen=True, slots=True)
class History:
    """What happened before, newest first, at most 50 decisions; `step` is what the ladder says next."""

    decisions: tuple[Decision, ...]
    strikes: int
    appeals_won: int
    reports_made: int
    reports_upheld: int
    step: Step


def get_history(*, user: User, severity: Severity, now: datetime) -> History:
    """The history of a person for somebody who decides about them now; five queries."""
    decided = Decision.objects.filter(subject=user).select_related("moderator").order_by("-starts_at", "-pk")
    made, upheld = _record(user, since=None)
    strikes = count_strikes(user=user, now=now)
    return History(
        decisions=tuple(decided[:50]),
        strikes=strikes,
        appeals_won=Appeal.objects.filter(decision__subject=user, state=AppealState.OVERTURNED).count(),
        reports_made=made,
        reports_upheld=upheld,
        step=next_step(strikes=strikes, severity=severity),
    )


def count_strikes(*, user: User, now: datetime) -> int:
    """Decisions of the last year against somebody that stand: what was reversed never counts."""
    standing = Decision.objects.filter(subject=user, action__in=STRIKES, reversed_at__isnull=True)
    return standing.filter(starts_at__gt=now - STRIKE_COUNTS, starts_at__lte=now).count()


def trust_of(*, user: User | None) -> float:
    """How much the report of somebody weighs: 1 for a stranger, up to 2 for those whose reports held, down to 0.2. One query."""
    decided, upheld = _record(user, since=None) if user is not None else (0, 0)
    return min(max(2 * (upheld + 1) / (decided + 2), 0.2), 2.0)


def is_unfounded_reporter(*, user: User, now: datetime) -> bool:
    """Whether so many reports of the last six months led to nothing that a person must look at it."""
    answered, upheld = _record(user, since=now - UNFOUNDED_SINCE)
    return answered >= UNFOUNDED_FROM and answered - upheld >= UNFOUNDED_SHARE * answered


def _record(user: User, *, since: datetime | None) -> tuple[int, int]:
    """How many reports of a person were answered, and how many of them led to something."""
    rows = Report.objects.filter(reporter=user, state=ReportState.ANSWERED)
    if since is not None:
        rows = rows.filter(outcome_at__gt=since)
    held = Q(case__decisions__reversed_at__isnull=True) & Q(case__decisions__action__in=STRIKES)
    found = rows.aggregate(answered=Count("pk", distinct=True), upheld=Count("pk", filter=held, distinct=True))
    return found["answered"], found["upheld"]


def list_pseudonyms(*, case: Case) -> set[str]:
    """Every pseudonym of the people of a case, worn before or now: none of them may stand in a text that is published."""
    people = {*Report.objects.filter(case=case, reporter__isnull=False).values_list("reporter_id", flat=True)}
    if case.subject_id is not None:
        people.add(case.subject_id)
    return list_names_worn(user_ids=[pk for pk in people if pk is not None])
