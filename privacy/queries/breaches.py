"""The log of breaches as data protection and auditors read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import F

from moderation.enums import ApprovalKind
from moderation.queries.requests import list_open_approvals
from privacy.models import Breach

if TYPE_CHECKING:
    from moderation.models import SecondApproval

_MOST = 200


@dataclass(frozen=True, slots=True)
class Clock:
    """How the 72 hours of a breach stand: none runs (`due_at` None), so much is `left`, or it is `late`."""

    due_at: datetime | None
    left: timedelta
    late: bool


def list_breaches(*, closed: bool) -> list[Breach]:
    """The open ones, those whose clock runs first, the soonest at the top; or the closed ones, the last first. At most 200."""
    rows = Breach.objects.select_related("logged_by").filter(closed_at__isnull=not closed)
    if closed:
        return list(rows.order_by(F("closed_at").desc())[:_MOST])
    return sorted(rows.order_by("authority_due_at")[:_MOST], key=lambda one: (not one.owes_authority, one.authority_due_at))


def find_breach(*, public_id: str) -> Breach | None:
    """A breach by the id in an address."""
    return Breach.objects.select_related("logged_by").filter(public_id=public_id).first()


def clock_of(breach: Breach, *, now: datetime) -> Clock:
    """The clock of the authority: it runs while it is owed (article 33(1))."""
    if not breach.owes_authority or breach.closed_at is not None:
        return Clock(None, timedelta(0), late=False)
    left = breach.authority_due_at - now
    return Clock(breach.authority_due_at, max(left, timedelta(0)), late=left <= timedelta(0))


def count_people(*, breach: Breach) -> tuple[int, int]:
    """How many people were named, and how many of them have been told."""
    return breach.people.count(), breach.people.filter(told_at__isnull=False).count()


def list_close_approvals(*, breach: Breach, now: datetime) -> list[SecondApproval]:
    """What waits for a second person to close it."""
    return list_open_approvals(kind=ApprovalKind.CLOSE_BREACH, object_refs=[breach.public_id], now=now)
