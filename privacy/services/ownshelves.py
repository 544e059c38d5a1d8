"""What of privacy itself goes when its time has come, and how."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from core.outbox import publish
from core.purging import Shelf, delete_rows
from core.sealing import destroy_key
from privacy.enums import RequestKind
from privacy.events import ExportsDropped
from privacy.models import Breach, DataRequest, ExportArchive
from privacy.services.recordcuts import cut_records, list_oldest


def _breaches(now: datetime) -> QuerySet[Breach]:
    """Breaches that two people closed, with whom they touched."""
    return Breach.objects.filter(closed_at__isnull=False)


def list_closed_requests(now: datetime) -> QuerySet[DataRequest]:
    """Requests that are closed, but for restrictions that are in force."""
    in_force = Q(kind=RequestKind.RESTRICTION, user__restricted_at__isnull=False)
    return DataRequest.objects.filter(~in_force, closed_at__isnull=False)


def destroy_requests(keys: list[Any]) -> int:
    """Delete requests with the keys under which their words lie, so that no backup can be read either; how many."""
    rows = DataRequest.objects.filter(pk__in=keys)
    for asked in rows.exclude(wrote=None, answer=None).only("public_id"):
        transaction.on_commit(partial(destroy_key, asked.scope))
    return int(rows.delete()[1].get(DataRequest._meta.label, 0))


def destroy_archives(keys: list[Any]) -> int:
    """Delete archives; their sealed pieces follow once that is committed, however often it takes. How many."""
    rows = ExportArchive.objects.filter(pk__in=keys)
    publish(ExportsDropped(public_ids=tuple(rows.values_list("public_id", flat=True))))
    return int(rows.delete()[1].get(ExportArchive._meta.label, 0))


# By the code of their retention.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "DELETION_LOG": (Shelf(rows=list_oldest, clock="at", destroy=cut_records),),
    "BREACH": (Shelf(rows=_breaches, clock="closed_at", destroy=delete_rows(Breach)),),
    "EXPORT_ARCHIVE": (
        Shelf(lambda now: ExportArchive.objects.filter(expires_at__isnull=False), "expires_at", destroy_archives, owner="user_id"),
    ),
    "DATA_REQUEST": (Shelf(list_closed_requests, "closed_at", destroy_requests, owner="user_id"),),
}
