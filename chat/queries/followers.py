"""Who is to be told that something was said, and the names under which notices about rooms go together."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.enums import UserStatus
from accounts.queries.relations import hiders_of
from chat.enums import EventKind, MemberState, NotifyLevel
from chat.models import Membership, RoomEvent

# Beyond so many people who spoke, nobody has hidden them all from themselves.
_FEW = 5
_LATEST = 50


def addressed_group(room_public_id: str) -> str:
    """The group of the notices of mentions and answers in a room."""
    return f"room:{room_public_id}"


def followed_group(room_public_id: str) -> str:
    """The group of the notices that a followed room has talked."""
    return f"room-all:{room_public_id}"


def groups_of(room_public_id: str) -> tuple[str, str]:
    """Both."""
    return addressed_group(room_public_id), followed_group(room_public_id)


def _seated(room_id: int) -> QuerySet[Membership]:
    """The places of those who can be told something: they are in the room, and their account is neither paused nor closed nor barred."""
    return Membership.objects.filter(room_id=room_id, state=MemberState.JOINED, user__status=UserStatus.ACTIVE, user__barred=False)


def list_addressable(*, room_id: int, user_ids: Collection[int]) -> list[Membership]:
    """The places of those among these people who want to know when they are meant. One query."""
    seats = _seated(room_id).filter(user_id__in=user_ids).exclude(notify_level=NotifyLevel.NONE)
    return list(seats.order_by("pk"))


def list_followers(*, room_id: int, before_n: int, after_id: int, limit: int, now: datetime) -> list[Membership]:
    """At most `limit` places after one, of those who want to know of every message, have not read up to `before_n` and keep no silence
    about the room. One query."""
    seats = _seated(room_id).filter(notify_level=NotifyLevel.ALL, read_n__lt=before_n, pk__gt=after_id)
    return list(seats.filter(Q(hushed_until=None) | Q(hushed_until__lte=now)).order_by("pk")[:limit])


def hidden_from_all(*, room_id: int, since: int, n: int, among: Collection[int]) -> set[int]:
    """Those among many for whom everybody is hidden who spoke in a room between two messages, or who spoke alone themselves. A query for
    what was said last, and one for each of at most five people who said it."""
    latest = RoomEvent.objects.filter(room_id=room_id, kind=EventKind.MESSAGE, n__gt=since, n__lte=n).order_by("-seq")
    speakers = set(latest.values_list("actor_id", flat=True)[:_LATEST]) - {None}
    if not speakers or len(speakers) > _FEW:
        return set()
    return set.intersection(*(hiders_of(actor_id=one, among=among) | {one} for one in speakers if one is not None))
