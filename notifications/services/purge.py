"""Forgetting: notices after 30 days, how they were sent after 7."""

from __future__ import annotations

from datetime import datetime

from notifications.counts import forget_count
from notifications.models import Delivery, Notification
from notifications.models.delivery import KEPT as DELIVERY_KEPT
from notifications.models.notification import KEPT as NOTICE_KEPT

_BATCH = 1000


def purge_notices(*, now: datetime, batches: int = 20) -> int:
    """Delete what is too old, at most `batches` times 1000 rows of each table; how many rows went."""
    return sum(_purge_once(now) for _round in range(batches))


def _purge_once(now: datetime) -> int:
    deliveries = Delivery.objects.filter(created_at__lt=now - DELIVERY_KEPT)
    gone = Delivery.objects.filter(pk__in=list(deliveries.values_list("pk", flat=True)[:_BATCH])).delete()[0]
    rows = list(Notification.objects.filter(created_at__lt=now - NOTICE_KEPT).values_list("pk", "user_id")[:_BATCH])
    if rows:
        gone += Notification.objects.filter(pk__in=[pk for pk, _user in rows]).delete()[0]
        for user_id in {user for _pk, user in rows}:
            forget_count(user_id=user_id)
    return gone
