"""The log of destructions loses its oldest records after their time, as everything does; the chain says itself where it begins since.

What is cut off is the beginning and nothing else. Before it goes, a record at the end names the last one of it by number and MAC: so a
chain whose beginning is missing holds only if the chain itself says that it was cut there (privacy.services.recordcheck).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core import tombstones
from core.clock import shared_now
from privacy.enums import DeletionReason
from privacy.models import DeletionRecord
from privacy.services.records import record_deletion

CODE = "DELETION_LOG"
_AT_ONCE = 500


def list_oldest(now: datetime) -> QuerySet[DeletionRecord]:
    """The beginning of the log, as far as it could be cut off at once: whoever asks what is due need not look at the rest."""
    first = DeletionRecord.objects.order_by("pk").values_list("pk", flat=True).first()
    return DeletionRecord.objects.filter(pk__lt=(first or 0) + _AT_ONCE)


def cut_records(keys: Sequence[Any]) -> int:
    """Delete those of these records that are the beginning of the chain, or older than it, in the caller's transaction; how many. What the
    key store and the files say of their time goes after the commit."""
    due = DeletionRecord.objects.filter(pk__in=keys)
    rows = due.filter(seq__isnull=True)
    stays = DeletionRecord.objects.filter(seq__isnull=False).exclude(pk__in=keys).order_by("seq").first()
    beginning = due.filter(seq__lt=stays.seq) if stays else due.filter(seq__isnull=False)
    last = beginning.order_by("-seq").first()
    if last is None:
        return rows.delete()[0]
    gone = list((rows | beginning).values_list("pk", flat=True))
    _note_cut(last)
    transaction.on_commit(partial(tombstones.forget_before, last.at))
    return DeletionRecord.objects.filter(pk__in=gone).delete()[0]


def mark_of(seq: int, mac: str) -> str:
    """How a record says that the chain was cut after that one."""
    return f"{seq}:{mac}"


def _note_cut(last: DeletionRecord) -> None:
    """It counts no rows: who calls this notes the deed itself."""
    now: datetime = shared_now()
    table = DeletionRecord._meta.db_table
    result = mark_of(last.seq or 0, last.mac)
    record_deletion(code=CODE, store=table, rows=0, kept=timedelta(0), reason=DeletionReason.DUE, result=result, now=now)
