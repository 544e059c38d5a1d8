"""Carrying deliveries: each try is claimed by the row count of an UPDATE, so that it is made once however often it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from core.outbox import publish_many
from notifications.enums import PUSH_TRANSPORTS, DeliveryState
from notifications.events import DeliveryDue, PushesDue
from notifications.kinds import KINDS
from notifications.models import Delivery
from notifications.services.deciding import SOON, Drop, Leave, Wait
from notifications.services.suppressions import note_answer
from notifications.services.weighing import Weighed, weigh
from notifications.transports import CARRIERS
from notifications.transports.base import Gone, Later, Outcome, Refused, Retry, Sent, Suppressed
from notifications.wording import say
from notifications.words.base import Words

# A try that has not ended after this long was broken off: its process is gone.
LEASE = timedelta(minutes=3)
# Pauses after the first, the second, the third and every later try that failed for now.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
_BATCH, _ROUNDS = 500, 20
# How many deliveries to devices are tried together.
PUSHES_AT_ONCE = 100


def run_delivery(*, delivery_id: int, attempt: int, now: datetime) -> None:
    """Try a delivery for the time after `attempt` tries; nothing happens when that try was begun already, or when none is wanted.

    What the carrier raises goes up; the try then counts as broken off, and another follows when its lease has ended.
    """
    delivery = _claim(delivery_id, attempt, now)
    if delivery is None:
        return
    found = prepare(deliveries=[delivery], now=now)[delivery.pk]
    if isinstance(found, Words):
        found = CARRIERS[delivery.transport].send(delivery, words=found, now=now)
    settle(deliveries=[delivery], outcome=found, now=now)
    note_answer(delivery=delivery, outcome=found, now=now)


def prepare(*, deliveries: Sequence[Delivery], now: datetime) -> dict[int, Words | Outcome]:
    """What deliveries that were claimed say when they leave now; or how they end, or wait, without leaving. By their ids."""
    late = {one.pk for one in deliveries if now >= one.notification.latest_at + KINDS[one.notification.kind].useful}
    weighed = weigh([one for one in deliveries if one.pk not in late], now=now)
    return {one.pk: Refused("TOO_LATE") if one.pk in late else _found(one, weighed[one.pk], now) for one in deliveries}


def _found(delivery: Delivery, weighed: Weighed, now: datetime) -> Words | Outcome:
    match weighed.decision:
        case Drop(reason=reason):
            return Suppressed(reason)
        case Wait(until=until, reason=reason):
            return Later(reason, until - now)
        case Leave():
            return say(delivery.notification, weighed.saying)


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
            left = {"rounds": Greatest(F("rounds"), 1), "ended_at": now}
            mine.update(state=DeliveryState.SENT, reason="", address=b"", **left)
        case Retry(reason=reason, after=after, status_code=code):
            _stay(deliveries, attempt, reason=reason, status_code=code, next_at=now + (after or pause_after(attempt)))
        case Later(reason=reason, after=after):
            _wait(deliveries, attempt, reason, after, now)
        case Refused(reason=reason, status_code=code):
            _end(deliveries, attempt, now, state=DeliveryState.FAILED, reason=reason, status_code=code)
        case Suppressed(reason=reason):
            _end(deliveries, attempt, now, state=DeliveryState.SUPPRESSED, reason=reason)
        case Gone(reason=reason):
            _end(deliveries, attempt, now, state=DeliveryState.GONE, reason=reason)


def _wait(deliveries: Sequence[Delivery], attempt: int, reason: str, pause: timedelta, now: datetime) -> None:
    """Have them asked about again when their wait is over: to the second where that is soon."""
    with transaction.atomic():
        _stay(deliveries, attempt, reason=reason, next_at=now + pause)
        if pause <= SOON:
            publish_many(_due((one.pk, attempt, one.transport) for one in deliveries), after=pause)


def _end(deliveries: Sequence[Delivery], attempt: int, now: datetime, **change: Any) -> None:
    _stay(deliveries, attempt, ended_at=now, address=b"", **change)


def _stay(deliveries: Sequence[Delivery], attempt: int, **change: Any) -> None:
    """What did not leave takes back the place that it had among what has left (`weighing`)."""
    for rounds in {one.rounds for one in deliveries}:
        alike = [one.pk for one in deliveries if one.rounds == rounds]
        mine = Delivery.objects.filter(pk__in=alike, state=DeliveryState.WAITING, attempt=attempt)
        never: dict[str, Any] = {"ended_at": None} if rounds == 0 else {}
        mine.update(**never | change | {"rounds": rounds})


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many tries: 1, 5, then always 30 minutes, until the notice is of no use any more."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def wake_due(*, now: datetime) -> int:
    """Hand to the outbox what is due again: what waited for its hour, tries that failed for now, and those whose process ended. How many
    there were, at most 10 000."""
    total = 0
    for _round in range(_ROUNDS):
        woken = _wake_some(now)
        total += woken
        if woken < _BATCH:
            break
    return total


def _wake_some(now: datetime) -> int:
    with transaction.atomic():
        due = Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=now)
        rows = list(due.order_by("next_at").values_list("pk", "attempt", "transport")[:_BATCH])
        due.filter(pk__in=[pk for pk, _attempt, _transport in rows]).update(next_at=now + LEASE)
        publish_many(_due(rows))
    return len(rows)


def _due(rows: Iterable[tuple[int, int, str]]) -> list[DeliveryDue | PushesDue]:
    everything = list(rows)
    pushes = group_pushes((pk, attempt) for pk, attempt, transport in everything if transport in PUSH_TRANSPORTS)
    others = [DeliveryDue(delivery_id=pk, attempt=attempt) for pk, attempt, transport in everything if transport not in PUSH_TRANSPORTS]
    return [*others, *pushes]


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
