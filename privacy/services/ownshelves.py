"""What of privacy itself goes when its time has come."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from core.purging import Shelf, delete_rows
from privacy.models import Breach


def _breaches(now: datetime) -> QuerySet[Breach]:
    """Breaches that two people closed, with whom they touched."""
    return Breach.objects.filter(closed_at__isnull=False)


SHELVES: dict[str, tuple[Shelf, ...]] = {"BREACH": (Shelf(rows=_breaches, clock="closed_at", destroy=delete_rows(Breach)),)}
