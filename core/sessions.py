"""Sessions in the database that can be locked, and that no late writer unlocks."""

from __future__ import annotations

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db import transaction

# Where a session keeps since when it is locked.
LOCKED_AT = "locked_at"


def is_locked(session: SessionBase) -> bool:
    """Whether the session opens nothing until its owner proves who they are."""
    return LOCKED_AT in session


class SessionStore(DatabaseStore):
    """A request that began before the lock writes its own, unlocked copy back when it ends: here the lock outlives that.

    So a lock ends with the session's key alone: whoever unlocks takes the mark away and calls `cycle_key`.
    """

    def save(self, must_create: bool = False) -> None:
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        with transaction.atomic():
            self._keep_lock(self.session_key)
            super().save()

    def _keep_lock(self, key: str) -> None:
        row = Session.objects.select_for_update().filter(session_key=key).first()
        stored = self.decode(row.session_data) if row else {}
        if LOCKED_AT in stored:
            self.setdefault(LOCKED_AT, stored[LOCKED_AT])
