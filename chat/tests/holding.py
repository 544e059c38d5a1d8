"""Messages that wait for a person, as tests make them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import make_user
from chat.access import get_moderator_seat
from chat.enums import Role
from chat.models import HeldMessage, Room
from chat.services import holding
from chat.services.held import Held
from chat.tests.factories import NOON, join, say

SECRET = "le mot qui attend [hold]"

Notification = apps.get_model("notifications", "Notification")

SOON = NOON + timedelta(minutes=5)

LogIn = Callable[[User | None], Client]


def hold(user: User, room: Room, body: str = SECRET, *, cid: uuid.UUID | None = None, now: Any = NOON, **extra: Any) -> HeldMessage:
    """Write something that waits."""
    cid = cid or uuid.uuid4()
    with pytest.raises(Held):
        say(user, room, body, cid=cid, now=now, **extra)
    return HeldMessage.objects.get(author=user, client_id=cid)


def refuse(held: HeldMessage, reason: str = "Pas ici", now: Any = SOON) -> None:
    """As somebody who moderates its room."""
    by = make_user(f"Solo{held.pk}")
    join(by, held.room, role=Role.MODERATOR, now=now)
    holding.refuse_held(held_id=held.public_id, reason=reason, now=now, by=get_moderator_seat(user=by, slug=held.room.slug, now=now))


def fresh(room: Room) -> tuple[int, int]:
    room.refresh_from_db()
    return room.last_seq, room.last_n


def cost(user: User, room: Room, *, now: Any) -> int:
    """The statements of a clean message; none of them looks at what was kept."""
    with CaptureQueriesContext(connection) as spent:
        say(user, room, "propre", now=now)
    assert not [query["sql"] for query in spent.captured_queries if HeldMessage._meta.db_table in query["sql"]]
    return len(spent)


# On MariaDB several statements are one packet.
USUAL = 9 if connection.vendor == "sqlite" else 4
