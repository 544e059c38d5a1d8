"""Destroying what has expired, in small bites that never hold the tables for long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import QuerySet

from chat.models import Attachment, DeletedBody, MessageMeta, RoomEvent

BATCH = 500
META_KEPT = timedelta(days=365)


def purge_expired(*, now: datetime, batches: int = 20) -> dict[str, int]:
    """Delete what expired: events, bodies that authors took back, images with their files, and metadata older than a year.

    At most `batches` times 500 rows a table and call, so that one call stays short; the next call goes on.
    """
    return {
        "events": _purge(RoomEvent.objects.filter(expires_at__lte=now), batches),
        "deleted_bodies": _purge(DeletedBody.objects.filter(expires_at__lte=now), batches),
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
    total = 0
    for _round in range(batches):
        rows = list(Attachment.objects.filter(expires_at__lte=now).order_by("pk")[:BATCH])
        if not rows:
            break
        for row in rows:
            default_storage.delete(row.file_name)
            default_storage.delete(row.thumb_name)
        total += Attachment.objects.filter(pk__in=[row.pk for row in rows]).delete()[0]
    return total
