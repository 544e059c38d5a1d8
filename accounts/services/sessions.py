"""Log-ins of a person: noting them, ending them."""

from __future__ import annotations

import re
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F

from accounts.models import LoginSession, User
from realtime import services as live

SESSION_REVOKED = 4010
_BROWSERS = (
    ("Firefox", "Firefox"),
    ("SamsungBrowser", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Opera", "Opera"),
    ("Edg", "Edge"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
_WORD = re.compile(r"[A-Za-z][\w.\-]{0,19}")


class SessionNotFound(LookupError):
    """Not a live log-in of this person."""


def device_of(user_agent: str) -> str:
    """Family and system of a browser, all that is kept of a user agent."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser or system:
        return " · ".join(part for part in (browser, system) if part)
    word = _WORD.match(user_agent)
    return word.group() if word else ""


def record_login(*, user: User, session_key: str, user_agent: str, now: datetime) -> None:
    """Note a log-in, and forget those of the same person that ended by themselves."""
    rows = LoginSession.objects.filter(user=user)
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    rows.exclude(session_key__in=alive).exclude(session_key=session_key).delete()
    LoginSession.objects.update_or_create(
        session_key=session_key, defaults={"user": user, "device": device_of(user_agent), "started_at": now}
    )


def forget_session(*, user: User, session_key: str) -> None:
    """Somebody logged out by themselves: take the log-in off the list and close its sockets."""
    LoginSession.objects.filter(session_key=session_key).delete()
    live.close_user(user=user.public_id, code=SESSION_REVOKED, session_key=session_key)


def end_session(*, user: User, public_id: str) -> None:
    """End one log-in of this person and close its sockets.

    Raises:
        SessionNotFound.
    """
    row = LoginSession.objects.filter(user=user, public_id=public_id).first()
    if row is None:
        raise SessionNotFound(public_id)
    with transaction.atomic():
        Session.objects.filter(session_key=row.session_key).delete()
        row.delete()
        transaction.on_commit(lambda: live.close_user(user=user.public_id, code=SESSION_REVOKED, session_key=row.session_key))


def end_all_sessions(*, user: User) -> None:
    """Log the person out everywhere, sockets included. The caller may let the session at hand live on by
    `django.contrib.auth.update_session_auth_hash`; its sockets come back by themselves."""
    with transaction.atomic():
        LoginSession.objects.filter(user=user).delete()
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        transaction.on_commit(lambda: live.close_user(user=user.public_id, code=SESSION_REVOKED))
    user.refresh_from_db(fields=["session_epoch"])
