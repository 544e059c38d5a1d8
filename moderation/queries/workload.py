"""How much work there is and how it goes, to plan shifts by. It ranks nobody: people stand in the order of their handles."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncDate, TruncHour

from moderation.enums import AppealState, Severity
from moderation.models import Appeal, Case, Decision, Reveal
from moderation.queries.queue import OPEN_STATES

WEEK = timedelta(days=7)
MONTH = timedelta(days=30)
QUARTER = timedelta(days=90)
DAYS = 14
_MOST = 5000


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open cases of one severity and language, and how many of them are late."""

    severity: Severity
    language: str
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Speed:
    """From the first report to the first action, of the cases of a severity that had theirs in the last 30 days."""

    severity: Severity
    cases: int
    median: timedelta
    in_time: int

    @property
    def words(self) -> str:
        """Hours and minutes: "3 h 05", which every language of the house reads."""
        minutes = round(self.median.total_seconds() / 60)
        return f"{minutes // 60} h {minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class Share:
    """What one person did in the last seven days; `per_hour` counts the hours in which they decided at all."""

    handle: str
    decisions: int
    per_hour: float
    images: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Appeals answered in the last 90 days, and the decisions of that time."""

    decisions: int
    appeals: int
    overturned: int

    @property
    def overturned_percent(self) -> int:
        return round(100 * self.overturned / self.appeals) if self.appeals else 0


def list_waiting(*, now: datetime) -> list[Waiting]:
    """Open work by severity and language; child safety is counted too, for somebody must be there for it."""
    late = Count("pk", filter=Q(due_at__lte=now, first_action_at__isnull=True))
    rows = Case.objects.filter(state__in=OPEN_STATES).values("severity", "language").annotate(all=Count("pk"), late=late)
    found = rows.order_by("severity", "language")
    return [Waiting(Severity(row["severity"]), row["language"], row["all"], row["late"]) for row in found]


def list_speeds(*, now: datetime) -> list[Speed]:
    """Median and punctuality of the last 30 days, of the 5,000 newest cases."""
    acted = Case.objects.filter(first_action_at__gt=now - MONTH).order_by("-first_action_at")
    waits: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for severity, opened, due, first in acted.values_list("severity", "opened_at", "due_at", "first_action_at")[:_MOST]:
        if first is not None:
            waits[severity].append(((first - opened).total_seconds(), first <= due))
    return [
        Speed(
            severity=Severity(severity),
            cases=len(times),
            median=timedelta(seconds=median(wait for wait, _in_time in times)),
            in_time=sum(in_time for _wait, in_time in times),
        )
        for severity, times in sorted(waits.items())
    ]


def list_shares(*, now: datetime) -> list[Share]:
    """Decisions and looks of the last seven days by handle."""
    hours: dict[str, list[int]] = defaultdict(list)
    made = Decision.objects.filter(starts_at__gt=now - WEEK, moderator__isnull=False)
    by_hour = made.values_list("moderator__handle", TruncHour("starts_at", tzinfo=UTC)).annotate(number=Count("pk")).order_by()
    for handle, _hour, number in by_hour:
        hours[str(handle)].append(number)
    looks = Reveal.objects.filter(at__gt=now - WEEK).values_list("staff__handle").annotate(number=Count("pk")).order_by()
    images = {str(handle): number for handle, number in looks}
    return [_share(handle, hours.get(handle, []), images.get(handle, 0)) for handle in sorted({*hours, *images})]


def _share(handle: str, hours: list[int], images: int) -> Share:
    return Share(handle, sum(hours), round(sum(hours) / len(hours), 1) if hours else 0.0, images)


def get_quality(*, now: datetime) -> Quality:
    """How often another person saw it otherwise."""
    answered = Appeal.objects.filter(decided_at__gt=now - QUARTER)
    figures = answered.aggregate(all=Count("pk"), overturned=Count("pk", filter=Q(state=AppealState.OVERTURNED)))
    decisions = Decision.objects.filter(starts_at__gt=now - QUARTER).count()
    return Quality(decisions=decisions, appeals=figures["all"], overturned=figures["overturned"])


def list_days(*, now: datetime) -> list[tuple[date, int, int]]:
    """(day, cases opened, decisions) of the last 14 days, days without work included."""
    today = now.astimezone(UTC).date()
    first = datetime.combine(today - timedelta(days=DAYS - 1), datetime.min.time(), tzinfo=UTC)
    opened = _per_day(Case.objects.filter(opened_at__gte=first).annotate(day=TruncDate(F("opened_at"), tzinfo=UTC)))
    decided = _per_day(Decision.objects.filter(starts_at__gte=first).annotate(day=TruncDate(F("starts_at"), tzinfo=UTC)))
    days = [first.date() + timedelta(days=number) for number in range(DAYS)]
    return [(day, opened.get(day, 0), decided.get(day, 0)) for day in days]


def _per_day(rows: QuerySet[Any]) -> dict[date, int]:
    counted = rows.values_list("day").annotate(number=Count("pk")).order_by()
    return dict(counted)
