"""The devices that are told of a person's notices, and what a browser needs to become one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from notifications.models import PushSubscription
from notifications.transports.vapid import current_key


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A device that is told of a person's notices, as their page shows it. `name`: family and system of its browser, if they are known."""

    public_id: str
    name: str
    added_at: datetime
    told_at: datetime | None
    here: bool


def list_devices(*, user: User, session_key: str) -> list[DeviceLine]:
    """The devices of a person, the newest first, ten at most; `here` are those of the log-in at hand. One query."""
    rows = PushSubscription.objects.filter(user=user).select_related("login").order_by("-created_at", "-pk")
    return [
        DeviceLine(row.public_id, row.login.device, row.created_at, row.last_ok_at, row.login.session_key == session_key) for row in rows
    ]


def get_push_key() -> str:
    """The public key that a browser is given when it subscribes; empty where nothing is pushed to browsers."""
    key = current_key()
    return key.public if key else ""
