"""When somebody who looks at other people's worst should stand up. It lives in the session: whoever pauses ten minutes begins anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase

WORK = timedelta(minutes=50)
PAUSE = timedelta(minutes=10)
_SINCE, _SEEN = "desk_since", "desk_seen"
_EVERY = 60  # seconds: the session is not written at each click


def is_pause_due(session: SessionBase, now: datetime) -> bool:
    """Count this moment as work; whether somebody has been at the desk for 50 minutes without a pause of ten."""
    at = now.timestamp()
    seen, since = session.get(_SEEN, 0.0), session.get(_SINCE, at)
    if at - seen >= PAUSE.total_seconds():
        since = session[_SINCE] = at
    if at - seen >= _EVERY:
        session[_SEEN] = at
    return bool(at - since >= WORK.total_seconds())
