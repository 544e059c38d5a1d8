"""How many people agreed to what: numbers alone, for those who watch over the house."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import Consent


@dataclass(frozen=True, slots=True)
class ConsentCount:
    """One version of one text in one language: how many agreed to it, and how many of them took that back."""

    purpose: str
    version: str
    language: str
    given: int
    withdrawn: int


def count_consents() -> list[ConsentCount]:
    """All of them, by text, version and language; one query."""
    rows = Consent.objects.values("purpose", "version", "language").annotate(
        given=Count("pk"), withdrawn=Count("pk", filter=Q(withdrawn_at__isnull=False))
    )
    return [ConsentCount(**row) for row in rows.order_by("purpose", "version", "language")]
