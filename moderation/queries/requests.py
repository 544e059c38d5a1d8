"""The register of authorities' requests: for the desk with its clocks, for everybody as numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Q, QuerySet

from moderation.courts.terms import ANSWERED
from moderation.enums import ApprovalKind
from moderation.models import LegalHold, LegalRelease, LegalRequest, SecondApproval, StaffProfile

PAGE = 100


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Requests received in a time: what became of them. `median_delay` is from receipt to answer, None while none was answered."""

    received: int
    answered: int
    open: int
    overdue: int
    answered_late: int
    refused: int
    median_delay: timedelta | None
    by_kind: dict[str, int] = field(default_factory=dict)


def count_requests(*, since: datetime, until: datetime, now: datetime) -> RequestCounts:
    """The public counter of requests received in [since, until), as they stand now; one query."""
    rows = list(
        LegalRequest.objects.filter(received_at__gte=since, received_at__lt=until).values_list(
            "kind", "state", "refusal", "received_at", "deadline_at", "answered_at"
        )
    )
    answered = [(at - received, at > due) for _kind, _state, _refusal, received, due, at in rows if at is not None]
    waiting = [row for row in rows if row[5] is None]
    delays = [delay.total_seconds() for delay, _late in answered]
    return RequestCounts(
        received=len(rows),
        answered=len(answered),
        open=len(waiting),
        overdue=sum(row[4] <= now for row in waiting),
        answered_late=sum(late for _delay, late in answered),
        refused=sum(bool(row[2]) for row in rows),
        median_delay=timedelta(seconds=median(delays)) if delays else None,
        by_kind=dict(sorted(Counter(row[0] for row in rows).items())),
    )


def list_requests(*, staff: StaffProfile, done: bool) -> QuerySet[LegalRequest]:
    """What the desk sees: what waits, the soonest due at the top, or what was answered, the last at the top. Nobody sees what names
    themselves."""
    rows = LegalRequest.objects.exclude(subjects__user_id=staff.user_id)
    if done:
        return rows.filter(state__in=ANSWERED).order_by("-answered_at", "-pk")
    return rows.exclude(state__in=ANSWERED).order_by("deadline_at", "pk")


def find_request(*, staff: StaffProfile, public_id: str) -> LegalRequest | None:
    """One request by its reference; None when there is none, and for whom it names."""
    rows = LegalRequest.objects.exclude(subjects__user_id=staff.user_id).select_related("registered_by", "authenticated_by", "confirmed_by")
    return rows.filter(public_id=public_id).first()


def list_releases(*, request: LegalRequest) -> list[LegalRelease]:
    """The packages of a request, the last at the top."""
    return list(request.releases.select_related("made_by").order_by("-made_at"))


def list_open_approvals(*, kind: ApprovalKind, object_refs: list[str], now: datetime) -> list[SecondApproval]:
    """The agreements of a kind that were asked for these objects and are neither used nor too old, the last at the top."""
    rows = SecondApproval.objects.filter(kind=kind, object_ref__in=object_refs, used_at__isnull=True).filter(Q(expires_at__gt=now))
    return list(rows.select_related("asked_by", "approved_by").order_by("-asked_at"))


def find_release(*, request: LegalRequest, public_id: str) -> LegalRelease | None:
    """A package of a request."""
    return request.releases.select_related("made_by", "request").filter(public_id=public_id).first()


def find_hold(*, staff: StaffProfile, public_id: str) -> LegalHold | None:
    """A hold by its reference; None when there is none, and for whom it is about."""
    found = LegalHold.objects.filter(public_id=public_id).first()
    if found is None or found.subjects.filter(owner_id=staff.user_id).exists():
        return None
    return found
