"""What a person was told, for their own pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from notifications.counts import count_unseen as count_unseen
from notifications.enums import Category
from notifications.kinds import KINDS, Words, words_of
from notifications.models import Notification, PushSubscription
from notifications.transports.vapid import current_key

PAGE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as its person's page shows it."""

    public_id: str
    kind: str
    words: Words
    path: str
    at: datetime
    new: bool
    read: bool

    @property
    def symbol(self) -> str:
        """The icon of its category."""
        return "shield" if KINDS[self.kind].category == Category.SECURITY else "info"


@dataclass(frozen=True, slots=True)
class Centre:
    """A page of notices, the newest first. `after` is the place where the next page goes on; empty at the end."""

    lines: tuple[Line, ...]
    after: str
    unread: bool

    @property
    def has_new(self) -> bool:
        """Whether something on this page was not looked at before."""
        return any(line.new for line in self.lines)


def list_notices(*, user: User, after: str = "") -> Centre:
    """A page of at most 20 notices before the one named `after` (its outward id; an unknown one begins anew). Three queries at most."""
    rows = Notification.objects.filter(user=user).order_by("-pk")
    place = rows.filter(public_id=after).values_list("pk", flat=True).first() if after else None
    page = list(rows.filter(pk__lt=place)[: PAGE + 1] if place else rows[: PAGE + 1])
    lines = tuple(_line(row) for row in page[:PAGE])
    unread = any(not line.read for line in lines) or rows.filter(read_at=None).exists()
    return Centre(lines=lines, after=lines[-1].public_id if len(page) > PAGE else "", unread=unread)


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


def _line(row: Notification) -> Line:
    words = words_of(kind=row.kind, args=row.args)
    return Line(row.public_id, row.kind, words, row.path, row.created_at, new=row.seen_at is None, read=row.read_at is not None)
