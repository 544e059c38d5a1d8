"""Carrying deliveries: each try is claimed by the row count of an UPDATE, so that it is made once however often it is asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import translation

from core.outbox import publish_many
from notifications.enums import Category, DeliveryState
from notifications.events import DeliveryDue
from notifications.kinds import KINDS, words_of
from notifications.models import Delivery
from notifications.transports import CARRIERS
from notifications.transports.base import Gone, Outcome, Refused, Retry, Sent, Suppressed
from notifications.words.base import Words

# A try that has not ended after this long was broken off: its process is gone.
LEASE = timedelta(minutes=3)
# Pauses after the first, the second, the third and every later try that failed for now.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
_BATCH = 500
# Whoever may not use the account is told what was decided about it, and who tries to get into it.
_ALSO_TO_THE_BARRED = (Category.SECURITY, Category.JUSTICE)


def run_delivery(*, delivery_id: int, attempt: int, now: datetime) -> None:
    """Try a delivery for the time after `attempt` tries; nothing happens when that try was begun already, or when none is wanted.

    What the carrier raises goes up; the try then counts as broken off, and another follows when its lease has ended.
    """
    delivery = _claim(delivery_id, attempt, now)
    if delivery is None:
        return
    notice = delivery.notification
    if now >= notice.created_at + KINDS[notice.kind].useful:
        _settle(delivery, Refused("TOO_LATE"), now)
    elif notice.user.barred and KINDS[notice.kind].category not in _ALSO_TO_THE_BARRED:
        _settle(delivery, Suppressed("SUSPENDED"), now)
    else:
        _settle(delivery, CARRIERS[delivery.transport].send(delivery, words=_say(delivery), now=now), now)


def _say(delivery: Delivery) -> Words:
    notice = delivery.notification
    with translation.override(notice.user.language):
        return words_of(kind=notice.kind, args=notice.args)


def _claim(delivery_id: int, attempt: int, now: datetime) -> Delivery | None:
    mine = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.WAITING, attempt=attempt)
    if not mine.update(attempt=F("attempt") + 1, next_at=now + LEASE):
        return None
    return Delivery.objects.select_related("notification__user").filter(pk=delivery_id).first()


def _settle(delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """Write how a try ended, unless somebody has begun another meanwhile."""
    mine = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING, attempt=delivery.attempt)
    match outcome:
        case Sent():
            mine.update(state=DeliveryState.SENT, reason="", address=b"")
        case Retry(reason=reason, after=after, status_code=code):
            mine.update(reason=reason, status_code=code, next_at=now + (after or pause_after(delivery.attempt)))
        case Refused(reason=reason, status_code=code):
            mine.update(state=DeliveryState.FAILED, reason=reason, status_code=code, address=b"")
        case Suppressed(reason=reason):
            mine.update(state=DeliveryState.SUPPRESSED, reason=reason, address=b"")
        case Gone(reason=reason):
            mine.update(state=DeliveryState.GONE, reason=reason, address=b"")


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many tries: 1, 5, then always 30 minutes, until the notice is of no use any more."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def wake_due(*, now: datetime) -> int:
    """Hand to the outbox what is due again: tries that failed for now, and those whose process ended. How many there were."""
    with transaction.atomic():
        due = Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=now)
        rows = list(due.order_by("next_at").values_list("pk", "attempt")[:_BATCH])
        due.filter(pk__in=[pk for pk, _attempt in rows]).update(next_at=now + LEASE)
        publish_many([DeliveryDue(delivery_id=pk, attempt=attempt) for pk, attempt in rows])
    return len(rows)
