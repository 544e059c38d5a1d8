"""What a member wants to be told of a room, and for how long not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.models import User
from chat.access import get_own_place
from chat.enums import MemberState, NotifyLevel
from chat.models import Membership, Room

# Nobody can be silent for longer; who wants to hear nothing more chooses that.
LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Hearing:
    """What somebody hears of a room: how much, and from when again (None: now)."""

    level: NotifyLevel
    hushed_until: datetime | None


def hearing_of(membership: Membership, *, now: datetime) -> Hearing:
    """What holds for a place now; a silence that is over is none."""
    until = membership.hushed_until if membership.is_hushed(now) else None
    return Hearing(NotifyLevel(membership.notify_level), until)


def set_hearing(*, user: User, slug: str, level: NotifyLevel, hush: timedelta | None, now: datetime) -> Hearing:
    """Choose what to hear of a room, and keep silence about it for a while from now (nothing: end the silence; None: leave it as it is).
    What held before comes back, to be restored.

    No gate stands in the way: whoever may read no longer may still ask for peace.

    Raises:
        RoomNotFound, RoomGone, Banned, NotMember.
    """
    membership = get_own_place(user=user, slug=slug, now=now)
    before = hearing_of(membership, now=now)
    until = before.hushed_until if hush is None else now + min(hush, LONGEST) if hush else None
    _write(membership, Hearing(level, until))
    return before


def restore_hearing(*, user: User, slug: str, hearing: Hearing, now: datetime) -> None:
    """Set what held before a change; a silence that would be over is none.

    Raises:
        RoomNotFound, RoomGone, Banned, NotMember.
    """
    membership = get_own_place(user=user, slug=slug, now=now)
    until = min(hearing.hushed_until, now + LONGEST) if hearing.hushed_until and hearing.hushed_until > now else None
    _write(membership, Hearing(hearing.level, until))


def _write(membership: Membership, hearing: Hearing) -> None:
    with transaction.atomic():
        if hearing.level == NotifyLevel.ALL and membership.notify_level != NotifyLevel.ALL:
            _begin_to_follow(membership)
        Membership.objects.filter(pk=membership.pk).update(notify_level=hearing.level, hushed_until=hearing.hushed_until)


def _begin_to_follow(membership: Membership) -> None:
    """The first follower of a room is told of what is said from now on, not of what nobody had asked to be told of."""
    others = Membership.objects.filter(room_id=membership.room_id, notify_level=NotifyLevel.ALL, state=MemberState.JOINED)
    if not others.exists():
        Room.objects.filter(pk=membership.room_id).update(followed_n=F("last_n"))
