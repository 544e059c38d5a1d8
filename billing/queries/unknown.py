"""Payments of which nobody knows whether they were paid, for the watch over the service."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min

from billing.enums import PaymentState
from billing.metrics import PAYMENTS_UNKNOWN, PAYMENTS_UNKNOWN_AGE
from billing.models import Payment


def measure_unknown(*, now: datetime) -> None:
    """Set the gauges that the alarms read. One query."""
    found = Payment.objects.filter(state=PaymentState.UNKNOWN).aggregate(count=Count("pk"), oldest=Min("submitted_at"))
    PAYMENTS_UNKNOWN.set(found["count"])
    PAYMENTS_UNKNOWN_AGE.set((now - found["oldest"]).total_seconds() if found["oldest"] else 0)
