"""Reactions and pins: small marks on a message."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import hidden_actor_ids
from chat.access import NotAllowed, Seat, get_seat
from chat.enums import REACTIONS, EventKind
from chat.models import Room, RoomEvent
from chat.queries.payloads import open_payloads
from chat.queries.pins import count_pins
from chat.services.errors import ChatError, check_may_post
from chat.services.log import append_event, lock_room
from chat.services.messages import check_not_frozen, get_live_message
from chat.services.sending import check_not_muted
from core import ratelimit

MAX_PINS = 20


class UnknownReaction(ChatError):
    code, words = "bad_reaction", _("Cette réaction n’existe pas.")


class TooManyPins(ChatError):
    code, words = "limit", _("Vingt messages sont déjà épinglés. Retirez-en un d’abord.")


class TooFast(ChatError):
    code, words = "rate", _("Vous allez très vite. Patientez quelques secondes.")


def set_reaction(
    *, user: User, session: SessionBase | None = None, room_public_id: str, seq: int, emoji: str, on: bool, now: datetime
) -> RoomEvent | None:
    """Put or take back one's reaction; saying what is already so changes nothing and returns None.

    Raises:
        AccessRefused, UnknownReaction, PostingRestricted, MessageNotFound, RoomFrozen, MutedHere, TooFast.
    """
    if emoji not in REACTIONS:
        raise UnknownReaction
    if on:
        check_may_post(user)
    _check_pace(user)
    with transaction.atomic():
        seat, target = _locked(user, session, room_public_id, seq, now)
        check_not_frozen(seat)
        if on:
            check_not_muted(seat.membership.muted_until, now)
        if _has_reacted(seat.room, target, user, emoji) == on:
            return None
        payload = {"emoji": emoji, "on": on}
        return append_event(room=seat.room, kind=EventKind.REACT, actor=user, payload=payload, now=now, target=target)


def set_pin(*, user: User, session: SessionBase | None = None, room_public_id: str, seq: int, on: bool, now: datetime) -> RoomEvent | None:
    """Pin a message at the top of the room or take it down (moderators); no change returns None.

    Raises:
        AccessRefused, MessageNotFound, TooManyPins, TooFast.
    """
    _check_pace(user)
    with transaction.atomic():
        seat, target = _locked(user, session, room_public_id, seq, now)
        if not seat.membership.moderates:
            raise NotAllowed(seat.room.slug)
        if _is_pinned(seat.room, target) == on:
            return None
        if on and count_pins(room=seat.room, now=now) >= MAX_PINS:
            raise TooManyPins
        return append_event(room=seat.room, kind=EventKind.PIN, actor=user, payload={"on": on}, now=now, target=target)


def _locked(user: User, session: SessionBase | None, room_public_id: str, seq: int, now: datetime) -> tuple[Seat, RoomEvent]:
    room = lock_room(get_seat(user=user, session=session, public_id=room_public_id, now=now).room.pk)
    fresh = get_seat(user=user, session=session, public_id=room_public_id, now=now)
    seat = Seat(room=room, membership=fresh.membership)
    return seat, get_live_message(seat=seat, seq=seq, now=now, hidden=hidden_actor_ids(user=user))


def _has_reacted(room: Room, target: RoomEvent, user: User, emoji: str) -> bool:
    rows = RoomEvent.objects.filter(room_id=room.pk, target_seq=target.seq, kind=EventKind.REACT, actor_id=user.pk)
    marks = [p["on"] for p in open_payloads(rows.order_by("seq")).values() if p and p["emoji"] == emoji]
    return bool(marks and marks[-1])


def _is_pinned(room: Room, target: RoomEvent) -> bool:
    rows = RoomEvent.objects.filter(room_id=room.pk, target_seq=target.seq, kind=EventKind.PIN).order_by("seq")
    marks = [p["on"] for p in open_payloads(rows).values() if p]
    return bool(marks and marks[-1])


def forget_pace(*, user: User) -> None:
    """Nobody counts what this person marked before, for the demo, whose people do thirty days in a second."""
    ratelimit.forget("mark", str(user.pk))


def _check_pace(user: User) -> None:
    try:
        ratelimit.hit("mark", str(user.pk), limit=30, seconds=10)
    except ratelimit.RateLimited as error:
        raise TooFast(retry=error.retry) from error
