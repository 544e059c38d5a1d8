"""Destroying what has expired, in small bites that never hold the tables for long."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from chat.events import ImagesPurged
from chat.models import Attachment, DeletedBody, HiddenBody, MessageMeta, RoomEvent
from chat.models.event import META_KEPT
from chat.services.partitions import has_partitions
from core import outbox

BATCH = 500


def purge_expired(*, now: datetime, batches: int = 20) -> dict[str, int]:
    """Delete what expired: events, bodies that authors took back or the team hid, images with their files, and metadata older than a year.

    At most `batches` times 500 rows a table and call, so that one call stays short; the next call goes on. Where the log has
    partitions its events are not touched here: `chat.services.partitions` drops them day by day. Until its row is gone, nothing that
    has expired is shown: all reading filters by `expires_at`.
    """
    return {
        "events": 0 if has_partitions() else _purge(RoomEvent.objects.filter(expires_at__lte=now), batches),
        "deleted_bodies": _purge(DeletedBody.objects.filter(expires_at__lte=now), batches),
        "hidden_bodies": _purge(HiddenBody.objects.filter(expires_at__lte=now), batches),
        "images": _purge_images(now, batches),
        "meta": _purge(MessageMeta.objects.filter(at__lte=now - META_KEPT), batches),
    }


def _purge(rows: QuerySet[Any], batches: int) -> int:
    total = 0
    for _round in range(batches):
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        total += rows.model._default_manager.filter(pk__in=ids).delete()[0]
    return total


def _purge_images(now: datetime, batches: int) -> int:
    """The rows go first; their files follow once that is committed, however often it takes."""
    total = 0
    for _round in range(batches):
        rows = list(Attachment.objects.filter(expires_at__lte=now).order_by("pk")[:BATCH])
        if not rows:
            break
        with transaction.atomic():
            total += Attachment.objects.filter(pk__in=[row.pk for row in rows]).delete()[0]
            outbox.publish(ImagesPurged(names=tuple(name for row in rows for name in (row.file_name, row.thumb_name))))
    return total
