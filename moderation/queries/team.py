"""Who works in the house, under their handles."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from moderation.enums import CaseState
from moderation.models import Case, StaffProfile


def list_team() -> list[StaffProfile]:
    """Everybody in service, by handle."""
    return list(StaffProfile.objects.filter(active=True).order_by("handle"))


def count_claimed(*, user: User, now: datetime) -> int:
    """How many cases somebody has in hand now; one query, and none of anybody outside of the team."""
    return Case.objects.filter(state=CaseState.CLAIMED, claimed_by__user=user, claim_expires_at__gt=now).count()
