"""A payer who waits for what nobody knows may free what they want to pay, and pay it by another way."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from billing.enums import PaymentState
from billing.models import Payment
from billing.services.payments.pace import RELEASE_AFTER
from billing.services.payments.states import note_step

_WAITING = (PaymentState.PENDING, PaymentState.UNKNOWN)


class NotReleasable(Exception):
    """Not this person's, not waiting, or free already."""


class TooEarlyToRelease(Exception):
    """It may be decided yet; free it at `at`."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


def when_releasable(payment: Payment) -> datetime | None:
    """From when on its payer may free the subject of a payment; None: never, or it is free."""
    if payment.state not in _WAITING or payment.open_key is None or payment.submitted_at is None:
        return None
    return payment.submitted_at + RELEASE_AFTER


def release_subject(*, payment_id: int, payer: User, now: datetime) -> None:
    """Let the subject of a payment be paid by another one. The payment itself is watched as before: should it succeed too, the later of
    the two goes back.

    Raises:
        NotReleasable, TooEarlyToRelease.
    """
    payment = Payment.objects.filter(pk=payment_id, payer=payer).first()
    ready_at = when_releasable(payment) if payment else None
    if payment is None or ready_at is None:
        raise NotReleasable(str(payment_id))
    if now < ready_at:
        raise TooEarlyToRelease(ready_at)
    with transaction.atomic():
        if not Payment.objects.filter(pk=payment.pk, state__in=_WAITING, open_key__isnull=False).update(open_key=None):
            raise NotReleasable(payment.our_reference)
        note_step(payment, before=payment.state, why="released by the payer", by=payer, now=now)
