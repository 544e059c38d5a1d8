"""What the accounts do from time to time (superapp.schedule)."""

from __future__ import annotations

from django.utils import timezone

from accounts.services.registration import purge_unconfirmed


def forget_unconfirmed() -> object:
    """Forget sign-ups that nobody confirmed."""
    return purge_unconfirmed(now=timezone.now())
