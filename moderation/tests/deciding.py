"""What tests of decisions look at."""

from __future__ import annotations

from datetime import timedelta

from accounts.models import User
from accounts.queries import list_active_suspensions
from notifications.queries import list_notices

WEEK = timedelta(days=7)


def told(user: User) -> list[str]:
    return [line.kind for line in reversed(list_notices(user=user).lines)]


def kinds_in_force(user: User) -> list[str]:
    return [measure.kind for measure in list_active_suspensions(user=user)]
