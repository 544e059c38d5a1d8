"""Appeals that wait for another person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from moderation.enums import AppealState
from moderation.models import Appeal, StaffProfile
from moderation.queries.shown import list_appeals_shown_to

_MOST = 100


@dataclass(frozen=True, slots=True)
class AppealRow:
    """One appeal as a line: about which measure, never of whom."""

    appeal: Appeal
    overdue: bool


def list_pending_appeals(*, staff: StaffProfile, now: datetime) -> list[AppealRow]:
    """What this person may decide, the soonest due first; at most 100. One query."""
    pending = list_appeals_shown_to(staff).filter(state=AppealState.PENDING).select_related("decision__case")
    return [AppealRow(appeal, appeal.due_at <= now) for appeal in pending.order_by("due_at", "pk")[:_MOST]]


def count_own_appeals(*, staff: StaffProfile) -> int:
    """How many wait that are against this person's own decisions: another decides them, and they know that they are not forgotten."""
    return Appeal.objects.filter(state=AppealState.PENDING, decision__moderator=staff).count()
