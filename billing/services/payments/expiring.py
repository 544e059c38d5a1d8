"""What was never sent to a provider ends by itself."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from billing.enums import PaymentState
from billing.models import Payment
from billing.services.payments.states import move


def expire_payment(*, payment: Payment, now: datetime) -> bool:
    """End a payment that nobody was told of and whose time is over; whether it ended here."""
    with transaction.atomic():
        return move(payment, PaymentState.EXPIRED, why="not sent in time", failure_code="NOT_SENT", now=now)
