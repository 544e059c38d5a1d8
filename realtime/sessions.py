"""Whether log-ins are still alive."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.sessions.models import Session
from django.utils import timezone


def list_live_keys(keys: Iterable[str]) -> set[str]:
    """Those of the session keys that are stored and have not expired; one query."""
    alive = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    return set(alive.values_list("session_key", flat=True))
