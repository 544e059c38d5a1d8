"""Looking at the chain: a page of entries at a time, the last ones first."""

from __future__ import annotations

from core.models import AuditEntry


def list_entries(*, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
    """At most `limit` entries below the number `before` (None: from the end), the last first. Whether they hold says `verify`."""
    rows = AuditEntry.objects.all() if before is None else AuditEntry.objects.filter(seq__lt=before)
    return list(rows.order_by("-seq")[:limit])
