"""Fills the product's tables in bulk: `python -m benchmarks.seed`, with a JSON order on standard input.

The order: `{"people": 2000, "rooms": [[100, 0], [4, 0], …]}`, a room being its number of members and the person its members start at.
The answer: the cookie of each person and the public id of each room. People are logged in; no page was opened for it.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from typing import Any

import django

PREFIX = "Bench"


def main() -> None:
    django.setup()
    from django.utils import timezone

    order = json.load(sys.stdin)
    now = timezone.now()
    people = ensure_people(order["people"], now)
    rooms = make_rooms([(size, start) for size, start in order["rooms"]], people, now)
    from django.conf import settings

    answer = {
        "cookie": settings.SESSION_COOKIE_NAME,
        "keys": log_in(people, now),
        "rooms": [room.public_id for room in rooms],
        "room_ids": [room.pk for room in rooms],
        "people": [person.pk for person in people],
    }
    json.dump(answer, sys.stdout)


def ensure_people(count: int, now: datetime) -> list[Any]:
    """Active members with a profile, `Bench0` on; those that are there are kept."""
    from django.contrib.auth.hashers import make_password

    from accounts.enums import AgeMethod, Assurance, Country, UserStatus
    from accounts.models import AgeAssertion, Profile, User

    there = User.objects.filter(username__startswith=PREFIX.lower()).count()
    password = make_password(None)
    User.objects.bulk_create(
        [
            User(
                username=f"{PREFIX.lower()}{number}",
                email=f"{PREFIX.lower()}{number}@people.invalid",
                status=UserStatus.ACTIVE,
                password=password,
                created_at=now,
            )
            for number in range(there, count)
        ],
        batch_size=1000,
    )
    people = list(User.objects.filter(username__startswith=PREFIX.lower()).order_by("pk")[:count])
    Profile.objects.bulk_create(
        [
            Profile(
                user=person,
                pseudonym=person.username.title(),
                skeleton=person.username,
                birth_year=1990,
                country=Country.FR,
            )
            for person in people[there:]
        ],
        batch_size=1000,
    )
    AgeAssertion.objects.bulk_create(
        [
            AgeAssertion(
                user=person,
                method=AgeMethod.EU_AV_MDOC,
                assurance=Assurance.SUBSTANTIAL,
                checked_on=now.date(),
                expires_on=now.date() + timedelta(days=365),
                policy_version=1,
                open_key=f"{person.pk}:{AgeMethod.EU_AV_MDOC.value}",
            )
            for person in people[there:]
        ],
        batch_size=1000,
    )
    return people


def make_rooms(wanted: list[tuple[int, int]], people: list[Any], now: datetime) -> list[Any]:
    """Open rooms, each with that many members from that person on."""
    from chat.enums import MemberState, RoomKind
    from chat.models import Membership, Room
    from chat.services.rooms import ensure_theme
    from core.ids import new_public_id

    theme = ensure_theme(slug="bench", names=("Mesures", "Mesures", "Benchmarks"))
    public_ids = [new_public_id() for _ in wanted]
    Room.objects.bulk_create(
        [
            Room(
                public_id=public_id,
                slug=f"bench-{public_id}",
                kind=RoomKind.OPEN,
                theme=theme,
                title="Mesures",
                members=size,
                created_at=now,
            )
            for public_id, (size, _start) in zip(public_ids, wanted, strict=True)
        ],
        batch_size=1000,
    )
    made = {room.public_id: room for room in Room.objects.filter(public_id__in=public_ids)}
    rooms = [made[public_id] for public_id in public_ids]
    Membership.objects.bulk_create(
        [
            Membership(room=room, user=people[start + place], state=MemberState.JOINED, joined_at=now)
            for room, (size, start) in zip(rooms, wanted, strict=True)
            for place in range(size)
        ],
        batch_size=1000,
    )
    return rooms


def log_in(people: list[Any], now: datetime) -> list[str]:
    """One stored session for each person; its key."""
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils.crypto import get_random_string

    store = SessionStore()
    keys = [get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789") for _ in people]
    Session.objects.bulk_create(
        [
            Session(
                session_key=key,
                session_data=store.encode(
                    {
                        "_auth_user_id": str(person.pk),
                        "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[0],
                        "_auth_user_hash": person.get_session_auth_hash(),
                    }
                ),
                expire_date=now + timedelta(days=1),
            )
            for key, person in zip(keys, people, strict=True)
        ],
        batch_size=1000,
    )
    return keys


if __name__ == "__main__":
    main()
