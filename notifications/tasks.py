"""What notices do from time to time (superapp.schedule)."""

from __future__ import annotations

from core.clock import shared_now
from notifications.services.deliveries import wake_due
from notifications.services.digests import send_due_digests


def send_again() -> object:
    """Have what could not be sent tried again."""
    return wake_due(now=shared_now())


def send_digests() -> object:
    """Write the digests whose hour has come."""
    return send_due_digests(now=shared_now())
