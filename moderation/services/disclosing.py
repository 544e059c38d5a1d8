"""Telling people that an authority has their data, as soon as it may be told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts.queries import find_account
from moderation.courts.terms import RequestState
from moderation.models import LegalRequest
from moderation.services.registering import note_request
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify

_BATCH = 100


def tell_named(*, now: datetime) -> int:
    """Tell whom released requests name, once the secrecy that the authority asked for is over, or at once where it asked for none; how many
    people. A request that is confidential without an end is told to nobody. Each request once, noted in the audit chain."""
    free = Q(confidential=False) | Q(confidential_until__lte=now)
    over = LegalRequest.objects.filter(free, state__in=(RequestState.RELEASED, RequestState.CLOSED), told_at=None, releases__isnull=False)
    return sum(_tell(request, now) for request in over.distinct().order_by("pk")[:_BATCH])


def _tell(request: LegalRequest, now: datetime) -> int:
    with transaction.atomic():
        if not LegalRequest.objects.filter(pk=request.pk, told_at=None).update(told_at=now):
            return 0
        note_request("legal.tell", request, None, "confidentiality is over", now)
        people = {row.user_id for row in request.subjects.all() if row.user_id is not None}
        return sum(_notify(request, user_id, now) for user_id in sorted(people))


def _notify(request: LegalRequest, user_id: int, now: datetime) -> bool:
    user = find_account(user_id=user_id)
    if user is None:  # closed: there is nobody any more to whom it could go
        return False
    return notify(
        user_id=user_id,
        kind=NoticeKind.DATA_RELEASED,
        subject=Subject.account(user),
        dedupe_key=f"DATA_RELEASED:{request.public_id}",
        group_key=f"DATA_RELEASED:{request.public_id}",
        args={"day": (request.answered_at or now).date().isoformat()},
        path=reverse("accounts:home"),
        now=now,
    )
