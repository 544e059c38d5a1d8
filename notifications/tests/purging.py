"""Emptying the shelves as `privacy` does when nothing is held."""

from __future__ import annotations

from datetime import datetime

from core.purging import empty
from notifications.models.delivery import KEPT as DELIVERY_KEPT
from notifications.models.notification import KEPT as NOTICE_KEPT
from notifications.services.purge import SHELVES


def purge_notices(*, now: datetime) -> int:
    """Destroy what is due; how many rows."""
    deliveries = empty(SHELVES["DELIVERY"][0], now=now, before=now - DELIVERY_KEPT)
    return deliveries + empty(SHELVES["NOTIFICATION"][0], now=now, before=now - NOTICE_KEPT)
