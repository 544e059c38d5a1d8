"""Jobs of the schedule."""

from __future__ import annotations

from datetime import datetime

from accounts.services.registration import purge_unconfirmed


def purge_unconfirmed_accounts(now: datetime) -> int:
    """Daily: forget sign-ups whose address was never confirmed."""
    return purge_unconfirmed(now=now)
