"""A new text for a message that stands: into the log, or aside until somebody has read it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from accounts.models import User
from chat.access import Seat
from chat.enums import EventKind, HeldState, HeldWhy
from chat.events import MessageScreened
from chat.models import HeldMessage, RoomEvent
from chat.queries.mentions import resolve_mentions
from chat.services.held import check_room_left, keep
from chat.services.log import append_event
from chat.services.screens import is_held, plain_hits
from chat.services.shields import find_hold
from core import outbox
from core.screening import ALLOWED, Actor, Context, Verdict, screen


def correct(*, user: User, seat: Seat, target: RoomEvent, text: str, now: datetime, sure: bool) -> RoomEvent | None:
    """Write the new text of a message in a locked room; None when it was kept for somebody to read first. The last words count: what
    was kept of this message before is dropped.

    Raises:
        Nudge, Screened, LinksOff, TooManyHeld.
    """
    verdict = screen("EDIT", text, _actor(user, seat, now), _context(seat, now, sure=sure)) if text else ALLOWED
    why = _find_hold(user, seat, text, verdict, now, sure=sure)
    forget_corrections(seat=seat, target=target)
    hits = plain_hits(verdict)
    if why is not None:
        check_room_left(room_id=seat.room.pk, author_id=user.pk, now=now)
        keep(
            room_id=seat.room.pk,
            author_id=user.pk,
            client_id=uuid.uuid4(),
            payload={"body": text},
            why=why,
            now=now,
            hits=hits,
            score=verdict.score,
            target_seq=target.seq,
        )
        return None
    event = write_correction(seat=seat, author=user, target=target, text=text, now=now)
    if hits:
        outbox.publish(MessageScreened(room_id=seat.room.pk, seq=event.seq, hits=hits))
    return event


def write_correction(*, seat: Seat, author: User, target: RoomEvent, text: str, now: datetime) -> RoomEvent:
    """The event of a correction, in a locked room."""
    payload: dict[str, Any] = {"body": text}
    if mentions := resolve_mentions(room_id=seat.room.pk, text=text, author_id=author.pk):
        payload["men"] = mentions
    return append_event(room=seat.room, kind=EventKind.EDIT, actor=author, payload=payload, now=now, target=target)


def forget_corrections(*, seat: Seat, target: RoomEvent) -> None:
    """Drop what waits to replace a message that now says something else, or nothing any more."""
    if seat.membership.held_at is not None:
        HeldMessage.objects.filter(room=seat.room, target_seq=target.seq, state=HeldState.WAITING).delete()


def _find_hold(user: User, seat: Seat, text: str, verdict: Verdict, now: datetime, *, sure: bool) -> HeldWhy | None:
    if is_held(verdict, sure=sure):
        return HeldWhy.RULE
    if seat.membership.moderates:
        return None
    return find_hold(room=seat.room, sent_n=seat.membership.sent_n, since=user.created_at, text=text, media=False, now=now)


def _actor(user: User, seat: Seat, now: datetime) -> Actor:
    return Actor(user_id=user.pk, account_age=now - user.created_at, trusted=seat.membership.moderates)


def _context(seat: Seat, now: datetime, *, sure: bool) -> Context:
    room = seat.room
    return Context(
        kind=room.kind,
        room_id=room.pk,
        age_gate=room.age_gate,
        languages=tuple(room.language_list),
        nudged=sure,
        shield=room.is_shielded(now),
    )
