"""What notices do from time to time (superapp.schedule)."""

from __future__ import annotations

from core.clock import shared_now
from notifications.services.deliveries import wake_due


def send_again() -> object:
    """Have what could not be sent tried again."""
    return wake_due(now=shared_now())
