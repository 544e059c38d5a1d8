"""A session that its owner left in haste: nothing opens to it until its owner proves again who they are."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from accounts.models import LoginSession, User
from accounts.queries.visits import SESSION_PROOF
from accounts.services.sessions import SESSION_REVOKED
from core import ratelimit
from core.clock import to_wire
from core.sessions import LOCKED_AT, is_locked
from realtime import services as live

TRIES, WINDOW = 5, 300


class WrongPassword(ValueError):
    """The session stays locked."""


class TooManyTries(Exception):
    """More than 5 passwords in 5 minutes: whoever guesses here should be sent to the log-in page, which has its own limits."""


def lock_session(*, user: User, session: SessionBase, now: datetime) -> None:
    """From now on the session opens the page to return and nothing else, also for a request that is on its way (`core.sessions`);
    its sockets close, the age shown in it is forgotten. Doing it twice changes nothing."""
    if is_locked(session):
        return
    key = session.session_key or ""
    with transaction.atomic():
        session[LOCKED_AT] = to_wire(now)
        session.pop(SESSION_PROOF, None)
        session.save()
        transaction.on_commit(lambda: live.close_user(user=user.public_id, code=SESSION_REVOKED, session_key=key))


def unlock_session(*, user: User, session: SessionBase, password: str) -> None:
    """The password opens the session again, under a new key.

    Raises:
        WrongPassword, TooManyTries: it stays locked.
    """
    try:
        ratelimit.hit("unlock", str(user.pk), limit=TRIES, seconds=WINDOW)
    except ratelimit.RateLimited as error:
        raise TooManyTries from error
    if not user.check_password(password):
        raise WrongPassword
    ratelimit.forget("unlock", str(user.pk))
    reopen_session(session=session)


def reopen_session(*, session: SessionBase) -> None:
    """Open a locked session again, under a new key. The caller has just seen who it is: by the password above, or by a passkey of this
    very account, whose ceremony only a request can hold."""
    old = session.session_key
    with transaction.atomic():
        session.pop(LOCKED_AT, None)
        session.pop(SESSION_PROOF, None)  # a request that began before the lock may have brought it back
        session.cycle_key()
        LoginSession.objects.filter(session_key=old).update(session_key=session.session_key)
