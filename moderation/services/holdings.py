"""Counting what the rules held back, before the hits are deleted: how often machines err is published for years."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from moderation.enums import ScreenedFate
from moderation.models import HoldsOfDay, RuleHit

# Longer than a held text waits for a person, shorter than hits are kept.
AGAIN = timedelta(days=60)


def count_holds(*, now: datetime) -> int:
    """Count each of the last 60 days on which rules of the house held something; how many days there were. A text that several rules held
    counts once; what the words of a room hold is the doing of its owners. One query, and two for each day."""
    start = (now - AGAIN).replace(hour=0, minute=0, second=0, microsecond=0)
    found = RuleHit.objects.filter(held=True, at__gte=start, version__rule__room_id=None).annotate(day=TruncDate("at")).values("day")
    days = list(found.annotate(held=_texts(), released=_texts(ScreenedFate.RELEASED), refused=_texts(ScreenedFate.REFUSED)).order_by("day"))
    for one in days:
        counts = {name: one[name] for name in ("held", "released", "refused")}
        HoldsOfDay.objects.update_or_create(day=one["day"], defaults={**counts, "counted_at": now})
    return len(days)


def _texts(fate: ScreenedFate | None = None) -> Count:
    return Count("ref", distinct=True, filter=Q(fate=fate) if fate else None)
