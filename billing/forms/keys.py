"""The key of a form that may be sent twice and counts once."""

from __future__ import annotations

from datetime import datetime

from core.ids import new_client_id


def new_key(now: datetime) -> str:
    """A fresh one."""
    return new_client_id(int(now.timestamp() * 1000))
