"""What stands around a case on its page: the reports, and who of the team has opened it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from core.models import AuditEntry
from moderation.models import Case, Report

_MOST = 50


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody of the team who opened a case, how often, and when last."""

    handle: str
    times: int
    last_at: datetime


def list_reports_of(*, case: Case) -> list[Report]:
    """The reports joined to a case, oldest first; at most 50."""
    return list(case.reports.select_related("flagger").defer("contact").order_by("pk")[:_MOST])


def list_readers(*, case: Case) -> list[Reader]:
    """Who opened the case, by handle: looking without cause is seen by everybody who looks after."""
    opened = AuditEntry.objects.filter(object_kind="case", object_ref=case.public_id, action="case.read")
    rows = opened.order_by().values_list("handle").annotate(times=Count("pk"), last_at=Max("at"))
    return [Reader(handle, times, last_at) for handle, times, last_at in rows.order_by("handle")[:_MOST]]
