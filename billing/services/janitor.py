"""The janitor: whatever lost its worker, its answer or its event is found again by its due time, and nothing stays unasked.

Rows are claimed by moving their due time, with SKIP LOCKED where the database knows it: two janitors never take the same one. Every call
to a provider runs outside of a transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from billing.enums import PaymentState, RefundChannel, RefundState
from billing.models import Payment, Refund
from billing.services.alarms import Alarm, raise_alarm
from billing.services.payments import expire_payment, settle_payment, submit_again, submit_payment
from billing.services.payments.pace import ALARM_AFTER, STUCK_AFTER
from billing.services.payments.states import LATE
from billing.services.reach import list_silent
from billing.services.refunds import settle_refund, submit_refund, submit_refund_again
from core.outages import log_failure

logger = logging.getLogger("resaka.billing")

BATCH = 100
_WAITING = (PaymentState.CREATED, PaymentState.SUBMITTED, PaymentState.PENDING, PaymentState.UNKNOWN)
_OWED = (RefundState.APPROVED, RefundState.SUBMITTED, RefundState.PENDING, RefundState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of the janitor did."""

    payments: int
    refunds: int
    alarms: int
    failed: int


def make_round(*, now: datetime, limit: int = BATCH) -> Round:
    """See to at most `limit` payments and as many refunds that are due. What fails is logged, and due again after a pause."""
    payments = _claim(Payment.objects.filter(state__in=_WAITING), now, limit)
    refunds = _claim(Refund.objects.filter(state__in=_OWED, channel=RefundChannel.PROVIDER), now, limit)
    failed = _each(payments, _see_to_payment, now) + _each(refunds, _see_to_refund, now)
    _watch_providers(now)
    return Round(len(payments), len(refunds), watch_unknown(now=now), failed)


def watch_unknown(*, now: datetime) -> int:
    """Wake the team, once, for every payment of which nobody has known for a quarter of an hour whether it was paid; for how many."""
    unknown = Payment.objects.filter(state=PaymentState.UNKNOWN)
    late = list(unknown.filter(flag="", submitted_at__lte=now - ALARM_AFTER).order_by("submitted_at")[:BATCH])
    for payment in late:
        with transaction.atomic():
            if Payment.objects.filter(pk=payment.pk, state=PaymentState.UNKNOWN, flag="").update(flag=LATE):
                raise_alarm(alarm=Alarm.UNKNOWN_OLD, ref=payment.our_reference, now=now)
    return len(late)


def _watch_providers(now: datetime) -> None:
    """Wake the team, once an hour, for a provider that is away."""
    for name in list_silent():
        with transaction.atomic():
            raise_alarm(alarm=Alarm.PROVIDER_DOWN, ref=name, once=f"{name}:{now:%Y-%m-%dT%H}", now=now)


def _claim(rows: QuerySet[Any], now: datetime, limit: int) -> list[int]:
    """Keys of rows that are due, taken for as long as a call to a provider may last."""
    due = rows.filter(next_check_at__lte=now)
    if not due.exists():  # without this look SQLite would take its write lock each time
        return []
    with transaction.atomic():
        ordered = due.order_by("next_check_at")
        if connection.features.has_select_for_update_skip_locked:
            ordered = ordered.select_for_update(skip_locked=True)
        ids = list(ordered.values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=ids, next_check_at__lte=now).update(next_check_at=now + STUCK_AFTER)
    return ids


def _each(ids: Collection[int], see_to: Callable[[int, datetime], None], now: datetime) -> int:
    failed = 0
    for one in ids:
        try:
            see_to(one, now)
        except Exception as error:
            failed += 1
            log_failure(logger, "janitor failed", error, row=one, deed=see_to.__name__)
    return failed


def _see_to_payment(payment_id: int, now: datetime) -> None:
    payment = Payment.objects.get(pk=payment_id)
    if payment.state == PaymentState.CREATED:
        _see_to_created(payment, now)
    elif payment.state == PaymentState.SUBMITTED:
        submit_again(payment=payment, now=now)
    else:
        settle_payment(payment_id=payment_id, now=now)


def _see_to_created(payment: Payment, now: datetime) -> None:
    """Its outbox row was lost or its provider was silent: it is sent now, or its time is over."""
    if now >= payment.expires_at:
        expire_payment(payment=payment, now=now)
        return
    Payment.objects.filter(pk=payment.pk, state=PaymentState.CREATED).update(next_check_at=now + timedelta(seconds=10))
    submit_payment(payment_id=payment.pk, now=now)


def _see_to_refund(refund_id: int, now: datetime) -> None:
    state = Refund.objects.get(pk=refund_id).state
    if state == RefundState.APPROVED:
        submit_refund(refund_id=refund_id, now=now)
    elif state == RefundState.SUBMITTED:
        submit_refund_again(refund_id=refund_id, now=now)
    else:
        settle_refund(refund_id=refund_id, now=now)
