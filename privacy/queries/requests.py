"""Requests of people over their data, for themselves and for those who handle them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from moderation.enums import ApprovalKind
from moderation.queries.approvals import find_waiting_approval, list_waiting_approvals
from privacy.enums import OPEN_STATES, RequestKind, RequestState
from privacy.models import DataRequest

if TYPE_CHECKING:
    from moderation.models import SecondApproval, StaffProfile

_OWN, _QUEUE, _CLOSED = 50, 200, 50
_SOON = timedelta(days=7)
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request in the queue: how its clock stands, and whether a refusal of it waits for a second person."""

    asked: DataRequest
    late: bool
    soon: bool
    refusal: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """What came in a year and what became of it."""

    received: int
    open: int
    late: int
    refused: int


def list_own_requests(*, user: User) -> list[DataRequest]:
    """The last fifty of a person, the newest first; one query."""
    return list(_plain().filter(user=user).order_by("-asked_at", "-pk")[:_OWN])


def list_open_requests(*, user: User) -> list[DataRequest]:
    """What a person asked and is still owed, the soonest due first; one query."""
    rows = _plain().filter(user=user, state__in=OPEN_STATES)
    return sorted(rows, key=lambda one: one.owed_by)


def find_open_request(*, user: User, kind: RequestKind) -> DataRequest | None:
    """The open request of a kind, the newest should there be several topics."""
    return _plain().filter(user=user, kind=kind, state__in=OPEN_STATES).order_by("-pk").first()


def find_restriction(*, user: User) -> DataRequest | None:
    """The request on which the restriction of a person rests, whether it is answered or not; None: nothing is restricted."""
    if user.restricted_at is None:
        return None
    asked = _plain().filter(user=user, kind=RequestKind.RESTRICTION).exclude(state=RequestState.WITHDRAWN)
    return asked.order_by("-pk").first()


def list_queue(*, staff: StaffProfile, now: datetime) -> list[Waiting]:
    """What is owed to others, the soonest due first, at most 200; two queries."""
    rows = _plain().filter(state__in=OPEN_STATES).exclude(user=staff.user_id)
    found = list(rows.annotate(owed=Coalesce("extended_until", "due_at")).order_by("owed", "pk")[:_QUEUE])
    proposed = {one.object_ref for one in list_waiting_approvals(kinds=[ApprovalKind.REFUSE_DATA_REQUEST], now=now)}
    return [Waiting(one, one.owed_by <= now, now < one.owed_by <= now + _SOON, one.public_id in proposed) for one in found]


def list_closed_requests(*, staff: StaffProfile) -> list[DataRequest]:
    """The fifty of others that were closed last; one query."""
    rows = _plain().select_related("handled_by").filter(closed_at__isnull=False).exclude(user=staff.user_id)
    return list(rows.order_by("-closed_at")[:_CLOSED])


def count_requests(*, now: datetime) -> Counts:
    """The figures of the last twelve months; one query."""
    late = Q(state__in=OPEN_STATES, owed__lte=now) | Q(closed_at__gt=F("owed"))
    rows = DataRequest.objects.filter(asked_at__gt=now - _YEAR).annotate(owed=Coalesce("extended_until", "due_at"))
    found = rows.aggregate(
        received=Count("pk"),
        open=Count("pk", filter=Q(state__in=OPEN_STATES)),
        late=Count("pk", filter=late),
        refused=Count("pk", filter=Q(state=RequestState.REFUSED)),
    )
    return Counts(**found)


def find_refusal(*, request: DataRequest, now: datetime) -> SecondApproval | None:
    """The refusal of a request that waits for a second person."""
    return find_waiting_approval(kind=ApprovalKind.REFUSE_DATA_REQUEST, object_ref=request.public_id, now=now)


def _plain() -> QuerySet[DataRequest]:
    """Without what is sealed, which nobody reads from a list."""
    return DataRequest.objects.defer("wrote", "answer")
