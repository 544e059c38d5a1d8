"""How many people come, as numbers alone."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Q

from accounts.enums import Jurisdiction
from accounts.models import User

_UNION = (Jurisdiction.FR, Jurisdiction.EU)


def count_active_since(*, day: date) -> tuple[int, int]:
    """How many accounts had their last visit on `day` (UTC) or later, and how many of them are under the law of the Union. One query."""
    found = User.objects.filter(last_active_date__gte=day).aggregate(all=Count("pk"), union=Count("pk", filter=Q(jurisdiction__in=_UNION)))
    return found["all"], found["union"]
