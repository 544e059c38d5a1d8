"""What the accounts do from time to time (superapp.schedule)."""

from __future__ import annotations

from accounts.services.registration import purge_unconfirmed
from core.clock import shared_now


def forget_unconfirmed() -> object:
    """Forget sign-ups that nobody confirmed."""
    return purge_unconfirmed(now=shared_now())
