"""The clock of the law over requests: alarms a week and a day before an answer is owed and when it is late, and the extension of what may
not be done yet.

A request that waits (`RequestState.WAITING`) does so because something of its person may not be destroyed now. Its person is not told why:
within the legal month they read that it is in progress and takes longer (GDPR, article 12(3)), as anybody whose request is complex does.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from privacy.enums import OPEN_STATES, ExtensionGround, RequestState
from privacy.metrics import REQUESTS_LATE
from privacy.models import DataRequest
from privacy.services.alarms import Alarm, raise_alarm
from privacy.services.requests import RequestOver, extend_request

# How long before an answer is owed the team is woken, the longest first; zero: it is late.
ALARMS = (timedelta(days=7), timedelta(days=1), timedelta(0))
_MOST = 200
_OWED = Coalesce("extended_until", "due_at")  # until when the law wants an answer


def watch_requests(*, now: datetime) -> dict[str, int]:
    """Prolong what waits and is due within a week, then give the alarms that have come; how many of each, and how many are late."""
    extended = _extend_waiting(now)
    alarms = sum(_ring(one, now) for one in _due(now))
    late = _open().annotate(owed=_OWED).filter(owed__lte=now).count()
    REQUESTS_LATE.set(late)
    return {"extended": extended, "alarms": alarms, "late": late}


def due_alarm(*, asked_at: datetime, owed_by: datetime, now: datetime) -> int | None:
    """The alarm that has come last, in seconds before the answer is owed; None: none has. One before the request itself never comes."""
    due = [ahead for ahead in ALARMS if now >= owed_by - ahead and owed_by - ahead > asked_at]
    return int(due[-1].total_seconds()) if due else None


def _due(now: datetime) -> list[DataRequest]:
    rows = _open().annotate(owed=_OWED).exclude(alarmed=0).filter(owed__lte=now + ALARMS[0])
    return list(rows.order_by("owed")[:_MOST])


def _open() -> QuerySet[DataRequest]:
    return DataRequest.objects.filter(state__in=OPEN_STATES).defer("wrote", "answer")


def _ring(request: DataRequest, now: datetime) -> bool:
    seconds = due_alarm(asked_at=request.asked_at, owed_by=request.owed_by, now=now)
    if seconds is None or (request.alarmed is not None and request.alarmed <= seconds):
        return False
    with transaction.atomic():
        if not DataRequest.objects.filter(pk=request.pk, alarmed=request.alarmed, state__in=OPEN_STATES).update(alarmed=seconds):
            return False  # another process rang, or it was answered a moment ago
        alarm = Alarm.REQUEST_DUE if seconds else Alarm.REQUEST_LATE
        path = reverse("admin:privacy_request_page", args=[request.public_id])
        raise_alarm(alarm=alarm, ref=request.public_id, once=f"{request.public_id}:{request.owed_by:%Y%m%d}:{seconds}", path=path, now=now)
    return True


def _extend_waiting(now: datetime) -> int:
    rows = DataRequest.objects.filter(state=RequestState.WAITING, extended_until=None, due_at__gt=now, due_at__lte=now + ALARMS[0])
    return sum(_extend(one, now) for one in rows.select_related("user").order_by("due_at")[:_MOST])


def _extend(request: DataRequest, now: datetime) -> bool:
    try:
        extend_request(request=request, ground=ExtensionGround.COMPLEX, by=None, reason="waiting", now=now)
    except RequestOver:  # answered a moment ago
        return False
    return True
