"""Emptying the shelves as `privacy` does when nothing is held."""

from __future__ import annotations

from datetime import datetime

from chat.models.event import META_KEPT
from chat.services.purge import SHELVES
from core.purging import empty

BATCH = 500


def purge_expired(*, now: datetime, batches: int = 20) -> dict[str, int]:
    """Destroy what is due on every shelf of the rooms; how much of each."""
    log, hidden = SHELVES["MESSAGE_BODY"]
    return {
        "events": empty(log, now=now, batches=batches),
        "deleted_bodies": empty(SHELVES["MESSAGE_DELETED"][0], now=now, batches=batches),
        "hidden_bodies": empty(hidden, now=now, batches=batches),
        "images": empty(SHELVES["MEDIA"][0], now=now, batches=batches),
        "meta": empty(SHELVES["MESSAGE_META"][0], now=now, before=now - META_KEPT, batches=batches),
    }
