"""Telling those who follow a whole room that it has talked: one notice each however much it talks, and nothing in the sender's way.

Nobody who writes knows of followers: a job looks every few seconds which followed rooms went on, and the outbox tells their followers by
the five hundred.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from chat.enums import MemberState, NotifyLevel, RoomState
from chat.events import RoomTalked
from chat.models import Membership, Room
from chat.queries.followers import addressed_group, followed_group, hidden_from_all, list_followers
from core.outbox import publish
from notifications.enums import NoticeKind
from notifications.queries import list_people_with_unread
from notifications.services.crowds import News, tell_crowd
from notifications.services.notices import Subject

# Small rooms are told of at once; a large one at most once a minute, since its notices change no oftener.
SMALL = 250
PAUSE = timedelta(seconds=60)
_AT_ONCE = 500
_ROOMS = 200


def find_talk(*, now: datetime) -> int:
    """Publish which followed rooms have talked since their followers were told last, at most 200; how many. One query and two for each."""
    followed = Membership.objects.filter(notify_level=NotifyLevel.ALL, state=MemberState.JOINED).values("room_id")
    rooms = Room.objects.filter(pk__in=followed, last_n__gt=F("followed_n")).exclude(state=RoomState.CLOSED)
    due = rooms.filter(Q(members__lte=SMALL) | Q(followed_at=None) | Q(followed_at__lte=now - PAUSE)).order_by("followed_at", "pk")
    found = list(due.values_list("pk", "followed_n", "last_n", "last_seq")[:_ROOMS])
    return sum(_publish(RoomTalked(room_id=pk, since=since, n=n, seq=seq, after_id=0), now) for pk, since, n, seq in found)


def _publish(talked: RoomTalked, now: datetime) -> bool:
    """Claimed by the row count of an UPDATE, so that two processes publish it once."""
    with transaction.atomic():
        mine = Room.objects.filter(pk=talked.room_id, followed_n=talked.since)
        if not mine.update(followed_n=talked.n, followed_at=now):
            return False
        publish(talked)
    return True


def tell_followers(*, talked: RoomTalked, now: datetime) -> int:
    """Tell the next 500 followers; the outbox is asked to go on after them. How many were told.

    Each batch has its own transaction: a process that ends in one loses none of them, and nobody is told twice.
    """
    room = Room.objects.filter(pk=talked.room_id).exclude(state=RoomState.CLOSED).first()
    if room is None:
        return 0
    seats = list_followers(room_id=room.pk, before_n=talked.n, after_id=talked.after_id, limit=_AT_ONCE, now=now)
    told = tell_crowd(news=_news(room, talked), counts=_counts(room, talked, seats), now=now) if seats else 0
    if len(seats) == _AT_ONCE:
        publish(dataclasses.replace(talked, after_id=seats[-1].pk))
    return told


def _counts(room: Room, talked: RoomTalked, seats: Sequence[Membership]) -> dict[int, int]:
    """How many messages each has unread; without those who shall not see what was said, and those to whom the one message that they have
    not read was told as meant for them."""
    counts = {seat.user_id: talked.n - seat.read_n for seat in seats}
    for user_id in hidden_from_all(room_id=room.pk, since=talked.since, n=talked.n, among=counts):
        counts.pop(user_id, None)
    with_one = [user_id for user_id, count in counts.items() if count == 1]
    for user_id in list_people_with_unread(user_ids=with_one, group_key=addressed_group(room.public_id)):
        counts.pop(user_id)
    return counts


def _news(room: Room, talked: RoomTalked) -> News:
    return News(
        kind=NoticeKind.ROOM_MESSAGE,
        subject=Subject("chat", "ROOM", room.public_id),
        group_key=followed_group(room.public_id),
        dedupe_key=f"talked:{room.public_id}:{talked.n}",
        args={"seq": talked.seq},
        path=reverse("chat:room", args=[room.public_id]),
    )
