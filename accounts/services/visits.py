"""The proof of age of one visit: begun, and kept awake while the person is about."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User
from accounts.queries.gates import SESSION_IDLE
from accounts.queries.visits import SESSION_PROOF, open_session, stamp_of

# Being about is noted once a minute at most: a session is one row, and each note writes it whole.
NOTED_EVERY = timedelta(seconds=60)


def begin_visit(*, user: User, session: SessionBase, method: str, now: datetime) -> None:
    """Keep in the session, and nowhere else, that this person showed their age just now."""
    session[SESSION_PROOF] = {"of": stamp_of(user.pk, user.age_epoch), "method": method, "seen": now.isoformat()}


def keep_visit(*, session: SessionBase, now: datetime) -> bool:
    """The person is about: their proof of this visit, if the session holds one that still counts, begins its hour anew.

    Whether the session was changed; who opened it has to save it.
    """
    found = session.get(SESSION_PROOF)
    if not isinstance(found, dict):
        return False
    rested = now - datetime.fromisoformat(found["seen"])
    if not NOTED_EVERY <= rested <= SESSION_IDLE:
        return False
    session[SESSION_PROOF] = {**found, "seen": now.isoformat()}
    return True


def keep_visit_of_socket(*, session_key: str, now: datetime) -> None:
    """`keep_visit` for the session behind a socket; its row is locked, so that nothing that a page wrote meanwhile is lost."""
    with transaction.atomic():
        if not Session.objects.select_for_update().filter(session_key=session_key, expire_date__gt=now).exists():
            return
        session = open_session(session_key)
        if not keep_visit(session=session, now=now):
            return
        try:
            session.save()
        except UpdateError:  # logged out meanwhile
            return
