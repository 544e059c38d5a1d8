"""Carrying deliveries: each try is claimed by the row count of an UPDATE, so that it is made once however often it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import translation

from core.outbox import publish_many
from notifications.enums import PUSH_TRANSPORTS, Category, DeliveryState
from notifications.events import DeliveryDue, PushesDue
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
# How many deliveries to devices are tried together.
PUSHES_AT_ONCE = 100
# Whoever may not use the account is told what was decided about it, and who tries to get into it.
_ALSO_TO_THE_BARRED = (Category.SECURITY, Category.JUSTICE)


def run_delivery(*, delivery_id: int, attempt: int, now: datetime) -> None:
    """Try a delivery for the time after `attempt` tries; nothing happens when that try was begun already, or when none is wanted.

    What the carrier raises goes up; the try then counts as broken off, and another follows when its lease has ended.
    """
    delivery = _claim(delivery_id, attempt, now)
    if delivery is None:
        return
    found = prepare(delivery, now=now)
    if isinstance(found, Words):
        found = CARRIERS[delivery.transport].send(delivery, words=found, now=now)
    settle(deliveries=[delivery], outcome=found, now=now)


def prepare(delivery: Delivery, *, now: datetime) -> Words | Outcome:
    """What a delivery says when it leaves now; or how it ends, or waits, without leaving."""
    notice = delivery.notification
    if now >= notice.created_at + KINDS[notice.kind].useful:
        return Refused("TOO_LATE")
    if notice.user.barred and KINDS[notice.kind].category not in _ALSO_TO_THE_BARRED:
        return Suppressed("SUSPENDED")
    return _say(delivery)


def _say(delivery: Delivery) -> Words:
    notice = delivery.notification
    with translation.override(notice.user.language):
        return words_of(kind=notice.kind, args=notice.args)


def _claim(delivery_id: int, attempt: int, now: datetime) -> Delivery | None:
    mine = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.WAITING, attempt=attempt)
    if not mine.update(attempt=F("attempt") + 1, next_at=now + LEASE):
        return None
    return Delivery.objects.select_related("notification__user").filter(pk=delivery_id).first()


def settle(*, deliveries: Sequence[Delivery], outcome: Outcome, now: datetime) -> None:
    """Write how a try ended, the same for all of these, whose tries have one number; nothing where somebody has begun another."""
    attempt = deliveries[0].attempt
    mine = Delivery.objects.filter(pk__in=[one.pk for one in deliveries], state=DeliveryState.WAITING, attempt=attempt)
    match outcome:
        case Sent():
            mine.update(state=DeliveryState.SENT, reason="", address=b"")
        case Retry(reason=reason, after=after, status_code=code):
            mine.update(reason=reason, status_code=code, next_at=now + (after or pause_after(attempt)))
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
        rows = list(due.order_by("next_at").values_list("pk", "attempt", "transport")[:_BATCH])
        due.filter(pk__in=[pk for pk, _attempt, _transport in rows]).update(next_at=now + LEASE)
        publish_many([DeliveryDue(delivery_id=pk, attempt=attempt) for pk, attempt, transport in rows if transport not in PUSH_TRANSPORTS])
        publish_many(group_pushes((pk, attempt) for pk, attempt, transport in rows if transport in PUSH_TRANSPORTS))
    return len(rows)


def group_pushes(due: Iterable[tuple[int, int]]) -> list[PushesDue]:
    """Events for deliveries to devices by (row, tries before), at most a hundred in each."""
    by_attempt: dict[int, list[int]] = {}
    for pk, attempt in due:
        by_attempt.setdefault(attempt, []).append(pk)
    return [
        PushesDue(delivery_ids=tuple(pks[start : start + PUSHES_AT_ONCE]), attempt=attempt)
        for attempt, pks in by_attempt.items()
        for start in range(0, len(pks), PUSHES_AT_ONCE)
    ]
