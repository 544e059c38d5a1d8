"""What notices do from time to time (superapp.schedule)."""

from __future__ import annotations

from core.clock import shared_now
from notifications.services.deliveries import wake_due
from notifications.services.purge import purge_notices


def send_again() -> object:
    """Have what could not be sent tried again."""
    return wake_due(now=shared_now())


def purge() -> object:
    """Forget what is too old."""
    return purge_notices(now=shared_now())
