"""How long somebody of the team stays logged in: shorter than a member, because they see more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase

SHIFT = timedelta(hours=8)
IDLE = timedelta(minutes=30)
_NOTED_EVERY = timedelta(minutes=1)
_SINCE, _SEEN = "shift_since", "shift_seen"


def keep_shift(*, session: SessionBase, now: datetime) -> bool:
    """Note that somebody of the team is at work in this session; False once their 8 hours or 30 idle minutes are over.

    The session itself ends with them, so that one that is never used again dies in the database too. One write a minute.
    """
    moment = now.timestamp()
    since, seen = session.get(_SINCE, moment), session.get(_SEEN, 0.0)
    ends = since + SHIFT.total_seconds()
    if seen:
        ends = min(ends, seen + IDLE.total_seconds())
    if moment >= ends:
        return False
    if moment - seen >= _NOTED_EVERY.total_seconds():
        session[_SINCE], session[_SEEN] = since, moment
        session.set_expiry(int(min(IDLE.total_seconds(), since + SHIFT.total_seconds() - moment)))
    return True
