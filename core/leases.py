"""A lease on a periodic job: one holder at a time, and no lock that outlives it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from core.models import Lease


def claim_lease(*, name: str, holder: str, seconds: int, now: datetime) -> bool:
    """Whether `holder` may run the job `name` now; it keeps that right for `seconds`, and renews it by calling again."""
    until = now + timedelta(seconds=seconds)
    taken = Lease.objects.filter(name=name, until_at__lte=now) | Lease.objects.filter(name=name, holder=holder)
    if taken.update(holder=holder, until_at=until):
        return True
    try:
        with transaction.atomic():
            Lease.objects.create(name=name, holder=holder, until_at=until)
    except IntegrityError:  # somebody holds it
        return False
    return True
