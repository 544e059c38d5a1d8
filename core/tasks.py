"""What the ground floor does from time to time (superapp.schedule)."""

from __future__ import annotations

from django.utils import timezone

from core import outbox


def purge_outbox() -> object:
    """Delete deliveries that were done a week ago."""
    return outbox.purge_done(now=timezone.now())
