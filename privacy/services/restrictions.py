"""Restrictions of processing after they were asked for: lifted by their person, or ended on the day that was told before."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services.limits import resume_processing
from privacy.enums import OPEN_STATES, RequestKind, RequestState
from privacy.models import DataRequest
from privacy.services.requests import note_person, note_staff, withdraw_request

_MOST = 100


class NotRestricted(LookupError):
    """Nothing of this account is restricted."""


def lift_restriction(*, user: User, now: datetime) -> None:
    """Its person wants their data to be used again: others see them from this moment on, and a request that is still open is taken back.

    Raises:
        NotRestricted.
    """
    with transaction.atomic():
        asked = DataRequest.objects.select_related("user").filter(user=user, kind=RequestKind.RESTRICTION).order_by("-pk")
        waiting = list(asked.filter(state__in=OPEN_STATES))
        for one in waiting:
            withdraw_request(request=one, now=now)
        if not waiting:
            _lift_answered(asked.first(), user, now)
    user.refresh_from_db(fields=["restricted_at"])


def end_restrictions(*, now: datetime) -> int:
    """End the refused restrictions whose day has come, unless their person has asked for another since; how many."""
    due = DataRequest.objects.select_related("user").filter(kind=RequestKind.RESTRICTION, ends_at__lte=now)
    return sum(_end(one, now) for one in due.filter(user__restricted_at__isnull=False).order_by("ends_at")[:_MOST])


def _lift_answered(last: DataRequest | None, user: User, now: datetime) -> None:
    if last is None or not resume_processing(user=user, now=now):
        raise NotRestricted(user.public_id)
    note_person("request.lift", last, now)


def _end(request: DataRequest, now: datetime) -> bool:
    with transaction.atomic():
        later = DataRequest.objects.filter(user=request.user_id, kind=RequestKind.RESTRICTION, pk__gt=request.pk, ends_at=None)
        if later.exclude(state=RequestState.WITHDRAWN).exists() or not resume_processing(user=request.user, now=now):
            return False
        note_staff("request.limits_end", request, None, request.refusal_ground, now)
    return True
