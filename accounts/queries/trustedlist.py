"""How the trusted list stands: how old it is, when the methods that need it close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, Q

from accounts.age.trustedlist import GRACE
from accounts.metrics import TRUSTED_LIST_LEFT
from accounts.models import TrustedIssuer


@dataclass(frozen=True, slots=True)
class ListStanding:
    """The list in force. `closes_at` is when the methods that need it close unless a newer list comes."""

    sequence: int
    next_update: datetime
    loaded_at: datetime
    granted: int
    withdrawn: int

    @property
    def closes_at(self) -> datetime:
        return self.next_update + GRACE

    def is_late(self, now: datetime) -> bool:
        """Whether the next list should have come already."""
        return now > self.next_update

    def is_closed(self, now: datetime) -> bool:
        """Whether the methods that need the list are closed."""
        return now > self.closes_at


def find_list_standing() -> ListStanding | None:
    """The list in force, None when no list was ever taken. One query."""
    found = TrustedIssuer.objects.aggregate(
        sequence=Max("list_sequence"),
        due=Max("next_update"),
        loaded=Max("loaded_at"),
        all=Count("pk"),
        good=Count("pk", filter=Q(granted=True)),
    )
    if found["sequence"] is None:
        return None
    return ListStanding(found["sequence"], found["due"], found["loaded"], granted=found["good"], withdrawn=found["all"] - found["good"])


def list_issuers() -> list[TrustedIssuer]:
    """Every certificate of the list, by country; a list has some hundred at most."""
    return list(TrustedIssuer.objects.order_by("country", "organisation", "pk")[:1000])


def measure_list(*, now: datetime) -> None:
    """Set the gauge that the alarm reads. One query."""
    standing = find_list_standing()
    if standing is None:
        TRUSTED_LIST_LEFT.set(0 if settings.TRUSTED_LIST_URL else float("nan"))
    else:
        TRUSTED_LIST_LEFT.set(max(0.0, (standing.closes_at - now).total_seconds()))
