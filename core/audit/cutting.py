"""The audit chain loses its oldest entries after their time, as everything does; the chain says itself where it begins since.

What is cut off is the beginning and nothing else. Before it goes, an entry at the end names the last one of it by number and MAC: so a
chain whose beginning is missing holds only if the chain itself says that it was cut there (core.audit.verification).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core.audit.chain import Entry, append
from core.clock import shared_now
from core.models import AuditAnchor, AuditEntry
from core.purging import Shelf

ACTION = "audit.cut"
_AT_ONCE = 500


def list_oldest(now: datetime) -> QuerySet[AuditEntry]:
    """The beginning of the chain, as far as it could be cut off at once: whoever asks what is due need not look at the rest."""
    first = AuditEntry.objects.order_by("seq").values_list("seq", flat=True).first()
    return AuditEntry.objects.filter(seq__lt=(first or 0) + _AT_ONCE)


def cut_entries(keys: Sequence[Any]) -> int:
    """Delete those of these entries that are the beginning of the chain, with the anchors of their time, in the caller's transaction; how
    many."""
    stays = AuditEntry.objects.exclude(pk__in=keys).order_by("seq").values_list("seq", flat=True).first()
    beginning = AuditEntry.objects.filter(pk__in=keys)
    if stays is not None:
        beginning = beginning.filter(seq__lt=stays)
    last = beginning.order_by("-seq").first()
    if last is None:
        return 0
    cut = Entry(ACTION, "audit", str(last.seq), mark_of(last.seq, last.mac), role="system")
    append(cut, now=shared_now())
    AuditAnchor.objects.filter(seq__lte=last.seq).delete()
    return beginning.delete()[0]


def mark_of(seq: int, mac: str) -> str:
    """How an entry says that the chain was cut after that one."""
    return f"{seq}:{mac}"


# `privacy` empties it.
OLDEST = Shelf(list_oldest, "at", cut_entries)
