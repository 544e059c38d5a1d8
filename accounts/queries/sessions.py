"""Where somebody is logged in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session

from accounts.models import LoginSession, User
from core.sessions import LOCKED_AT, SessionStore


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One log-in as its owner sees it."""

    public_id: str
    device: str
    started_at: datetime
    current: bool


def list_sessions(*, user: User, current_key: str, now: datetime) -> list[SessionLine]:
    """The log-ins that still live, the newest first; two queries."""
    rows = list(LoginSession.objects.filter(user=user).order_by("-started_at")[:100])
    keys = [row.session_key for row in rows]
    alive = set(Session.objects.filter(session_key__in=keys, expire_date__gt=now).values_list("session_key", flat=True))
    return [
        SessionLine(row.public_id, row.device, row.started_at, row.session_key == current_key) for row in rows if row.session_key in alive
    ]


def find_login(*, user: User, session_key: str) -> LoginSession | None:
    """The log-in of this person under this session."""
    return LoginSession.objects.filter(user=user, session_key=session_key).first() if session_key else None


def find_living_logins(*, login_ids: Collection[int], now: datetime) -> dict[int, bool]:
    """Those of the log-ins whose session still lives, and whether it is locked (its owner left in haste). Two queries."""
    logins = dict(LoginSession.objects.filter(pk__in=login_ids).values_list("session_key", "pk"))
    alive = Session.objects.filter(session_key__in=logins, expire_date__gt=now).values_list("session_key", "session_data")
    store = SessionStore()
    return {logins[key]: LOCKED_AT in store.decode(data) for key, data in alive}
