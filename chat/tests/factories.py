"""Rooms and seats for tests."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import User
from chat.enums import RoomKind, RoomState
from chat.models import Membership, MessageMeta, Room, Theme
from chat.queries.veils import Reader
from chat.services import memberships, messages, rooms
from core.tests.moments import NOON as NOON


def reader(user: User | None = None, *, session: SessionBase | None = None, now: datetime = NOON) -> Reader:
    """Somebody, or a guest, who looks at rooms."""
    return Reader(user, session, now)


def make_theme(slug: str = "cuisine") -> Theme:
    """A shelf of the directory."""
    names = {"name_fr": slug.title(), "name_mg": slug.title(), "name_en": slug.title()}
    return Theme.objects.get_or_create(slug=slug, defaults=names)[0]


def make_room(slug: str = "cuisine-malgache", **fields: Any) -> Room:
    """An open theme room without members."""
    room = rooms.create_theme_room(
        slug=slug,
        theme=make_theme(),
        title=fields.pop("title", slug.replace("-", " ").title()),
        description="Recettes et marchés.",
        rules="Soyez aimables.",
        languages=fields.pop("languages", ["fr"]),
        now=fields.pop("now", NOON),
        age_gate=fields.pop("age_gate", "GENERAL"),
    )
    if fields:
        Room.objects.filter(pk=room.pk).update(**fields)
        room.refresh_from_db()
    return room


def make_group(owner: User, title: str = "Famille", now: datetime = NOON) -> Room:
    """A group of `owner`."""
    return rooms.open_group(user=owner, title=title, description="", languages=["fr"], now=now)


def join(user: User, room: Room, *, role: str | None = None, now: datetime = NOON) -> Membership:
    """Seat a person, with a role if one is named."""
    code = room.invite_code if room.kind == RoomKind.GROUP else ""
    membership = memberships.join_room(user=user, slug=room.slug, now=now, invite_code=code)
    if role:
        Membership.objects.filter(pk=membership.pk).update(role=role)
        membership.refresh_from_db()
    return membership


def say(
    user: User, room: Room, body: str = "Bonjour", *, now: datetime = NOON, cid: uuid.UUID | None = None, **extra: Any
) -> messages.Sent:
    """Send a message through the service."""
    return messages.send_message(user=user, room_public_id=room.public_id, client_id=cid or uuid.uuid4(), body=body, now=now, **extra)


def close(room: Room) -> None:
    """Close a room as its owner would."""
    Room.objects.filter(pk=room.pk).update(state=RoomState.CLOSED)


def give_standing(user: User, *, now: datetime = NOON) -> None:
    """Make somebody known to the house: a month old, with three messages in rooms that are gone."""
    User.objects.filter(pk=user.pk).update(created_at=now - timedelta(days=30))
    user.refresh_from_db()
    for number in range(3):
        MessageMeta.objects.create(room_id=0, seq=user.pk * 10 + number, author_id=user.pk, client_id=uuid.uuid4(), at=now)
