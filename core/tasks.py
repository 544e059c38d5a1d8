"""What the ground floor does from time to time (superapp.schedule)."""

from __future__ import annotations

from core import outbox
from core.clock import shared_now


def purge_outbox() -> object:
    """Delete deliveries that were done a week ago."""
    return outbox.purge_done(now=shared_now())
