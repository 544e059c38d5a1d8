"""Asking for an erasure without an account: by the link in the last letter of one that is closed."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from privacy.enums import OPEN_STATES, RequestKind, RequestState
from privacy.models import DataRequest
from privacy.services.requests import ask


def ask_for_closed(*, user: User, now: datetime) -> DataRequest:
    """The erasure of what is left of a closed account: the one that is open or done, else a new one.

    Raises:
        core.ratelimit.RateLimited.
    """
    rows = DataRequest.objects.filter(user=user, kind=RequestKind.ERASURE, state__in=(*OPEN_STATES, RequestState.DONE))
    return rows.order_by("-asked_at").first() or ask(user=user, kind=RequestKind.ERASURE, now=now)
