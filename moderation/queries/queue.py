"""The queue of cases: what is most urgent for this member of the team, page by page, at a price that does not grow with the queue.

Order: severity, then what is overdue, then the score, then age. A page is found again by the place of its last row, not by a number of
rows to skip, so nothing is shown twice or left out when cases come and go meanwhile.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.core import signing
from django.db.models import Case as Switch
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from moderation.enums import AppealState, CaseState, Reason, ReportSource
from moderation.models import Case, Report, StaffProfile
from moderation.queries.shown import list_appeals_shown_to, list_cases_shown_to

PAGE = 50
_SALT = "moderation.queue"
OPEN_STATES = (CaseState.OPEN, CaseState.CLAIMED, CaseState.ESCALATED)


class Lane(StrEnum):
    """Which part of the queue somebody looks at."""

    ALL = "all"
    MINE = "mine"
    FREE = "free"
    ESCALATED = "escalated"
    OVERDUE = "overdue"
    FLAGGERS = "flaggers"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the queue; empty words filter nothing."""

    lane: Lane = Lane.ALL
    language: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One case as a line of the queue: what it is about, never whom."""

    case: Case
    overdue: bool
    taken_by: str
    reports: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """At most `PAGE` rows, and the place from which the next page goes on (empty: this was the last)."""

    rows: tuple[Row, ...]
    following: str


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many cases wait in each lane for this person, and what stands beside the queue."""

    lanes: dict[Lane, int]
    hidden_child_safety: int
    appeals: int


class BadPlace(ValueError):
    """A place in the queue that this house did not give out."""


def list_queue(*, staff: StaffProfile, wanted: Wanted, after: str = "", limit: int = PAGE, now: datetime) -> QueuePage:
    """One page of the queue, two queries whatever its length. `after`: the `following` of the page before.

    Raises:
        BadPlace.
    """
    rows = _ordered(_waiting(staff, wanted, now), now)
    if after:
        rows = rows.filter(_behind(after))
    found = list(rows.select_related("claimed_by")[: limit + 1])
    numbers = _count_reports([case.pk for case in found[:limit]])
    page = tuple(_row(case, numbers.get(case.pk, 0), now) for case in found[:limit])
    return QueuePage(rows=page, following=_place(found[limit - 1]) if len(found) > limit else "")


def find_next(*, staff: StaffProfile, wanted: Wanted, case: Case, now: datetime) -> Case | None:
    """The case that comes after this one for this person, the first of the queue if this was the last; None: nothing else waits."""
    others = _ordered(_waiting(staff, wanted, now).exclude(pk=case.pk).filter(_free_for(staff, now)), now)
    return others.filter(_behind_row(case, now)).first() or others.first()


def find_previous(*, staff: StaffProfile, wanted: Wanted, case: Case, now: datetime) -> Case | None:
    """The case before this one in the same order, None at the head of the queue."""
    others = _ordered(_waiting(staff, wanted, now).exclude(pk=case.pk).filter(_free_for(staff, now)), now)
    return others.exclude(_behind_row(case, now)).reverse().first()


def count_queue(*, staff: StaffProfile, wanted: Wanted, now: datetime) -> QueueCounts:
    """The figures over the queue with the same language and reason, in three queries."""
    rows = _waiting(staff, replace(wanted, lane=Lane.ALL), now)
    figures = rows.aggregate(**{lane.value: Count("pk", filter=_lane(lane, staff, now)) for lane in Lane})
    hidden = Case.objects.filter(open_key__isnull=False, child_safety=True).exclude(pk__in=list_cases_shown_to(staff).values("pk"))
    appeals = list_appeals_shown_to(staff).filter(state=AppealState.PENDING).count()
    lanes = {lane: figures[lane.value] for lane in Lane}
    return QueueCounts(lanes=lanes, hidden_child_safety=hidden.count(), appeals=appeals)


def _waiting(staff: StaffProfile, wanted: Wanted, now: datetime) -> QuerySet[Case]:
    rows = list_cases_shown_to(staff).filter(state__in=OPEN_STATES)
    rows = rows.filter(_lane(wanted.lane, staff, now))
    if wanted.lane != Lane.MINE:  # what one has claimed is there, whatever one takes
        rows = rows.exclude(reason__in=sorted(staff.skipped_reasons))
    if wanted.language:
        rows = rows.filter(language=wanted.language)
    return rows.filter(reason=wanted.reason) if wanted.reason in Reason.values else rows


def _lane(lane: Lane, staff: StaffProfile, now: datetime) -> Q:
    held = Q(claimed_by__isnull=False, claim_expires_at__gt=now)
    return {
        Lane.ALL: Q(pk__isnull=False),
        Lane.MINE: Q(claimed_by=staff, claim_expires_at__gt=now),
        Lane.FREE: ~held & Q(escalated_at__isnull=True),
        Lane.ESCALATED: Q(escalated_at__isnull=False),
        Lane.OVERDUE: _late(now),
        Lane.FLAGGERS: Q(Exists(Report.objects.filter(case=OuterRef("pk"), source=ReportSource.TRUSTED_FLAGGER))),
    }[lane]


def _late(now: datetime) -> Q:
    """The clock is that of the first action; a case that had one is late no more."""
    return Q(due_at__lte=now, first_action_at__isnull=True)


def _is_late(case: Case, now: datetime) -> bool:
    return case.due_at <= now and case.first_action_at is None


def _free_for(staff: StaffProfile, now: datetime) -> Q:
    return Q(claimed_by__isnull=True) | Q(claimed_by=staff) | Q(claim_expires_at__lte=now)


def _ordered(rows: QuerySet[Case], now: datetime) -> QuerySet[Case]:
    late = Switch(When(_late(now), then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.annotate(late=late).order_by("severity", "late", "-score", "pk")


def _behind(place: str) -> Q:
    try:
        severity, late, score, pk = json.loads(signing.Signer(salt=_SALT).unsign(place))
    except (signing.BadSignature, ValueError) as error:
        raise BadPlace from error
    return _after(severity, late, score, pk)


def _behind_row(case: Case, now: datetime) -> Q:
    return _after(case.severity, 0 if _is_late(case, now) else 1, case.score, case.pk)


def _after(severity: int, late: int, score: float, pk: int) -> Q:
    same_score = Q(severity=severity, late=late, score=score, pk__gt=pk)
    same_lateness = Q(severity=severity, late=late, score__lt=score)
    return Q(severity__gt=severity) | Q(severity=severity, late__gt=late) | same_lateness | same_score


def _place(case: Case) -> str:
    late = getattr(case, "late", 1)
    return signing.Signer(salt=_SALT).sign(json.dumps([case.severity, late, case.score, case.pk]))


def _count_reports(cases: list[int]) -> dict[int, int]:
    counted = Report.objects.filter(case__in=cases).order_by().values_list("case").annotate(number=Count("pk"))
    return {case: number for case, number in counted if case is not None}


def _row(case: Case, reports: int, now: datetime) -> Row:
    held = case.claimed_by is not None and case.claim_expires_at is not None and case.claim_expires_at > now
    taken_by = case.claimed_by.handle if held and case.claimed_by else ""
    return Row(case=case, overdue=_is_late(case, now), taken_by=taken_by, reports=reports)
