"""What of moderation goes when its time has come, and how; `privacy` decides and calls.

Some rows are not deleted but lose whom they are about: figures and decisions stay, people do not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from core.purging import Shelf, delete_rows
from moderation.enums import Action, AppealState, HashBankKind
from moderation.models import (
    Appeal,
    Case,
    Decision,
    Evidence,
    HashEntry,
    ImageCheck,
    LegalHold,
    LegalRelease,
    LegalRequest,
    Report,
    RuleHit,
    Transmission,
)

# What a picture of child abuse leaves goes with the evidence of its case, not before.
_SEALED = Q(bank=HashBankKind.CHILD_ABUSE, sealed=True)


def _reports(now: datetime) -> QuerySet[Report]:
    """Reports of decided cases that still say who reported."""
    return Report.objects.filter(Q(reporter__isnull=False) | Q(contact__isnull=False), case__decided_at__isnull=False)


def _evidence(now: datetime) -> QuerySet[Evidence]:
    """Evidence of decided cases; what shows the abuse of a child has a time of its own, unless nothing came of it."""
    return Evidence.objects.filter(Q(case__child_safety=False) | _cleared(), case__decided_at__isnull=False)


def _abuse_evidence(now: datetime) -> QuerySet[Evidence]:
    """Evidence of abuse of children that an authority was told of, with when it ends; none before its case is decided or while an appeal
    waits."""
    return _with_end(Evidence.objects.filter(case__child_safety=True, case__decided_at__isnull=False))


def _abuse_checks(now: datetime) -> QuerySet[ImageCheck]:
    return _with_end(ImageCheck.objects.filter(_SEALED, case__decided_at__isnull=False))


def _transmissions(now: datetime) -> QuerySet[Transmission]:
    """What was transmitted and still lies here; its digest and its receipt stay."""
    return Transmission.objects.filter(blob__isnull=False)


def _checks(now: datetime) -> QuerySet[ImageCheck]:
    """Figures of images whose time is counted, none of a case that is open."""
    over = Q(case__isnull=True) | Q(case__decided_at__isnull=False)
    return ImageCheck.objects.filter(over, ~_SEALED | _cleared(), keep_until__isnull=False)


def _cleared() -> Q:
    """Of a case in which nothing stands against anybody, and of which no authority has a file."""
    acted = Decision.objects.filter(case=OuterRef("case_id"), reversed_at__isnull=True).exclude(action=Action.NO_ACTION)
    return Q(~Exists(acted), ~Exists(Transmission.objects.filter(case=OuterRef("case_id"))))


def _with_end(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of cases of which something was transmitted, with the latest end that follows from it."""
    told = Transmission.objects.filter(case=OuterRef("case_id"), keep_until__isnull=False).order_by("-keep_until")
    appealed = Appeal.objects.filter(decision__case=OuterRef("case_id"), state=AppealState.PENDING)
    with_end: QuerySet[Any] = rows.annotate(ends_at=Subquery(told.values("keep_until")[:1]))
    return with_end.exclude(Exists(appealed))


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


def _empty_transmissions(keys: list[Any]) -> int:
    return Transmission.objects.filter(pk__in=keys).update(blob=None)


def _destroy_requests(keys: list[Any]) -> int:
    LegalRelease.objects.filter(request_id__in=keys).delete()
    LegalHold.objects.filter(request_id__in=keys).update(request=None)
    LegalRequest.objects.filter(pk__in=keys).delete()
    return len(keys)


# By the code of their retention.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "REPORT": (Shelf(_reports, "case__decided_at", _forget_reporters, owner="reporter_id", matter="case_id"),),
    "EVIDENCE": (Shelf(_evidence, "case__decided_at", delete_rows(Evidence), owner="case__subject_id", matter="case_id"),),
    "CHILD_ABUSE_EVIDENCE": (
        Shelf(_abuse_evidence, "ends_at", delete_rows(Evidence), owner="case__subject_id", matter="case_id"),
        Shelf(_abuse_checks, "ends_at", delete_rows(ImageCheck), owner="owner_id", place="place", matter="case_id"),
        Shelf(_transmissions, "keep_until", _empty_transmissions, owner="case__subject_id", matter="case_id"),
    ),
    # The images themselves lie with the rooms.
    "MEDIA": (
        Shelf(_checks, "keep_until", delete_rows(ImageCheck), owner="owner_id", place="place", matter="case_id"),
        Shelf(lambda now: HashEntry.objects.all(), "expires_at", delete_rows(HashEntry), owner="case__subject_id", matter="case_id"),
    ),
    "DECISION": (Shelf(_cases, "decided_at", _forget_subjects, owner="subject_id", matter="pk"),),
    "RULE_HIT": (Shelf(lambda now: RuleHit.objects.all(), "at", delete_rows(RuleHit), place="room_id"),),
    "LEGAL_REQUEST": (Shelf(_requests, "closed_at", _destroy_requests),),
}
