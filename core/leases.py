"""A lease on a periodic job: one holder at a time, and no lock that outlives it."""

from __future__ import annotations

import secrets
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


def claim_once(*, name: str, kept: timedelta, now: datetime) -> bool:
    """Whether nobody has claimed this name within `kept`, for what must be done once; in the caller's transaction, so that both or
    neither are done."""
    return claim_lease(name=name, holder=secrets.token_hex(8), seconds=int(kept.total_seconds()), now=now)


def is_held(*, name: str, now: datetime) -> bool:
    """Whether somebody claimed this name, and their time is not over."""
    return Lease.objects.filter(name=name, until_at__gt=now).exists()


def forget_ended(*, prefix: str, now: datetime) -> None:
    """Delete the leases of names that begin so and have ended."""
    Lease.objects.filter(name__startswith=prefix, until_at__lte=now).delete()
