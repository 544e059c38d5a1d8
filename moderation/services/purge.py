"""What of moderation goes when its time has come, and how; `privacy` decides and calls.

Some rows are not deleted but lose whom they are about: figures and decisions stay, people do not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from core.purging import Shelf, delete_rows
from moderation.models import Case, Evidence, LegalHold, LegalRelease, LegalRequest, Report, RuleHit


def _reports(now: datetime) -> QuerySet[Report]:
    """Reports of decided cases that still say who reported."""
    return Report.objects.filter(Q(reporter__isnull=False) | Q(contact__isnull=False), case__decided_at__isnull=False)


def _evidence(now: datetime) -> QuerySet[Evidence]:
    """Evidence of decided cases; what shows the abuse of a child stays until the authority has confirmed, and goes by hand."""
    return Evidence.objects.filter(case__decided_at__isnull=False, case__child_safety=False)


def _cases(now: datetime) -> QuerySet[Case]:
    return Case.objects.filter(decided_at__isnull=False, subject__isnull=False)


def _requests(now: datetime) -> QuerySet[LegalRequest]:
    """Closed requests on which no hold stands any more."""
    lasting = LegalHold.objects.filter(Q(until_at__isnull=True) | Q(until_at__gt=now), lifted_at__isnull=True, request__isnull=False)
    return LegalRequest.objects.filter(closed_at__isnull=False).exclude(pk__in=lasting.values("request_id"))


def _forget_reporters(keys: list[Any]) -> int:
    return Report.objects.filter(pk__in=keys).update(reporter=None, contact=None, day_key=None)


def _forget_subjects(keys: list[Any]) -> int:
    return Case.objects.filter(pk__in=keys).update(subject=None)


def _destroy_requests(keys: list[Any]) -> int:
    LegalRelease.objects.filter(request_id__in=keys).delete()
    LegalHold.objects.filter(request_id__in=keys).update(request=None)
    LegalRequest.objects.filter(pk__in=keys).delete()
    return len(keys)


# By the code of their retention.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "REPORT": (Shelf(_reports, "case__decided_at", _forget_reporters, owner="reporter_id", matter="case_id"),),
    "EVIDENCE": (Shelf(_evidence, "case__decided_at", delete_rows(Evidence), owner="case__subject_id", matter="case_id"),),
    "DECISION": (Shelf(_cases, "decided_at", _forget_subjects, owner="subject_id", matter="pk"),),
    "RULE_HIT": (Shelf(lambda now: RuleHit.objects.all(), "at", delete_rows(RuleHit), place="room_id"),),
    "LEGAL_REQUEST": (Shelf(_requests, "closed_at", _destroy_requests),),
}
