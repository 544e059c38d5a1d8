"""Sending, editing and deleting messages."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import hidden_actor_ids
from chat.access import Seat, find_known_room, get_room_key, get_seat
from chat.enums import AttachmentState, EventKind, RoomState
from chat.models import Attachment, DeletedBody, Room, RoomEvent
from chat.queries.payloads import open_payloads
from chat.services import writer
from chat.services.corrections import correct, forget_corrections
from chat.services.drafts import Draft, Sent
from chat.services.errors import ChatError, PostingRestricted, check_may_post
from chat.services.held import Held
from chat.services.log import append_event, lock_room
from chat.services.replays import ClientIdTaken
from chat.services.sending import MAX_IMAGES, BadAttachment, MessageNotFound, MutedHere, RoomFrozen, SlowMode, TooFast, check_not_muted
from chat.services.writer import Unavailable
from core.pace import Pace
from core.text import clean, is_blank
from realtime.threads import run_in_thread

__all__ = [
    "MAX_IMAGES",
    "MAX_LENGTH",
    "BadAttachment",
    "ClientIdTaken",
    "EmptyMessage",
    "MessageNotFound",
    "MutedHere",
    "NotYours",
    "PostingRestricted",
    "RoomFrozen",
    "Sent",
    "SlowMode",
    "TooFast",
    "TooLateToEdit",
    "TooLong",
    "Unavailable",
    "check_not_frozen",
    "delete_message",
    "edit_message",
    "forget_pace",
    "get_live_message",
    "send_message",
    "send_message_soon",
]

MAX_LENGTH = 4000
DELETED_BODY_KEPT = timedelta(hours=24)
_EDIT_WITHIN = timedelta(hours=24)
_pace = Pace(seconds=10)


class EmptyMessage(ChatError):
    code, words = "empty", _("Écrivez quelque chose avant d’envoyer.")


class TooLong(ChatError):
    code, words = "too_long", _("Votre message dépasse 4 000 caractères. Raccourcissez-le ou envoyez-le en deux fois.")


class NotYours(ChatError):
    code, words = "forbidden", _("Vous ne pouvez modifier que vos propres messages.")


class TooLateToEdit(ChatError):
    code, words = "forbidden", _("Un message se modifie pendant 24 heures après son envoi.")


def send_message(
    *,
    user: User,
    session: SessionBase | None = None,
    room_public_id: str,
    client_id: uuid.UUID,
    body: str,
    now: datetime,
    reply_seq: int | None = None,
    attachment_ids: Sequence[str] = (),
    sure: bool = False,
) -> Sent:
    """Write a message into a room's log, once for ever per (author, `client_id`): a replay gets the first answer.

    Sending implies having read everything before. The right to write is judged while the room is locked, so a ban that
    committed before is always seen. So are the rules over its words: with `sure` its author has answered the question of `Nudge`.

    Raises:
        AccessRefused: no seat in the room.
        Nudge, Screened, Held (kept, for a person to read first), HeldRefused, HeldReturned, TooManyHeld, LinksOff, MediaOff,
        EmptyMessage, TooLong, PostingRestricted, RoomFrozen, MutedHere, SlowMode, TooFast, ClientIdTaken,
        MessageNotFound (of the reply), BadAttachment, Unavailable.
    """
    room_id, public_id = get_room_key(name=room_public_id)
    key = (session.session_key if session is not None else None) or ""
    return writer.write(_draft(user.pk, room_id, public_id, client_id, body, now, reply_seq, attachment_ids, key, sure))


async def send_message_soon(
    *,
    user_id: int,
    session_key: str = "",
    room_public_id: str,
    client_id: uuid.UUID,
    body: str,
    now: datetime,
    reply_seq: int | None = None,
    attachment_ids: Sequence[str] = (),
    sure: bool = False,
) -> Sent:
    """`send_message` for the loop of a web process, which waits without holding a thread.

    Raises:
        as `send_message`, and NoSuchMember: the account is gone.
    """
    room_id = find_known_room(room_public_id) or (await run_in_thread(partial(get_room_key, name=room_public_id)))[0]
    draft = _draft(user_id, room_id, room_public_id, client_id, body, now, reply_seq, attachment_ids, session_key, sure)
    return await writer.write_soon(draft)


def _draft(
    user_id: int,
    room_id: int,
    room_public_id: str,
    client_id: uuid.UUID,
    body: str,
    now: datetime,
    reply_seq: int | None,
    attachment_ids: Sequence[str],
    session_key: str = "",
    sure: bool = False,
) -> Draft:
    text = _checked_text(body, empty_ok=bool(attachment_ids))
    wait = _pace.take(user_id, limit=settings.MESSAGES_IN_10_S)
    return Draft(
        user_id, room_id, room_public_id, client_id, str(client_id), text, now, reply_seq, tuple(attachment_ids), wait, session_key, sure
    )


def edit_message(
    *, user: User, session: SessionBase | None = None, room_public_id: str, seq: int, body: str, now: datetime, sure: bool = False
) -> RoomEvent:
    """Replace the text of one's own message, within 24 hours; the log keeps both until the message expires.

    Replacing it by what it says already writes nothing: the event that said it comes back. A correction that somebody must read first
    waits, and the message says meanwhile what it said.

    Raises:
        AccessRefused, PostingRestricted, EmptyMessage, TooLong, TooFast, RoomFrozen, MutedHere, MessageNotFound, NotYours, TooLateToEdit,
        Nudge, Screened, LinksOff, Held (kept), TooManyHeld.
    """
    check_may_post(user)
    _check_pace(user)
    with transaction.atomic():
        seat, target = _locked_target(user, session, room_public_id, seq, now)
        if target.actor_id != user.pk:
            raise NotYours
        if now > target.at + _EDIT_WITHIN:
            raise TooLateToEdit
        check_not_frozen(seat)
        check_not_muted(seat.membership.muted_until, now)
        text = _checked_text(body, empty_ok=Attachment.objects.filter(room_id=seat.room.pk, seq=seq).exists())
        standing = _newest_text(seat.room, target)
        if (open_payloads([standing])[standing.seq] or {}).get("body") == text:
            return standing
        written = correct(user=user, seat=seat, target=target, text=text, now=now, sure=sure)
    if written is None:
        raise Held
    return written


def _newest_text(room: Room, target: RoomEvent) -> RoomEvent:
    """The event that gave a message the text that it has now."""
    edits = RoomEvent.objects.filter(room_id=room.pk, target_seq=target.seq, kind=EventKind.EDIT)
    return edits.order_by("-seq").first() or target


def delete_message(*, user: User, session: SessionBase | None = None, room_public_id: str, seq: int, now: datetime) -> RoomEvent:
    """Take one's own message back. Its words, edits included, leave the log and are kept sealed for 24 h for a report alone.

    Raises:
        AccessRefused, MessageNotFound, NotYours.
    """
    with transaction.atomic():
        seat, target = _locked_target(user, session, room_public_id, seq, now)
        if target.actor_id != user.pk:
            raise NotYours
        _move_bodies(seat.room, target, now)
        forget_corrections(seat=seat, target=target)
        Attachment.objects.filter(room_id=seat.room.pk, seq=seq).update(state=AttachmentState.DELETED, expires_at=now + DELETED_BODY_KEPT)
        return append_event(room=seat.room, kind=EventKind.DELETE, actor=user, payload=None, now=now, target=target)


def _move_bodies(room: Room, target: RoomEvent, now: datetime) -> None:
    edits = RoomEvent.objects.filter(room_id=room.pk, target_seq=target.seq, kind=EventKind.EDIT)
    rows = [row for row in [target, *edits] if row.payload]
    DeletedBody.objects.bulk_create(
        DeletedBody(
            room_id=room.pk,
            seq=row.seq,
            author_id=row.actor_id or 0,
            payload=row.payload,
            deleted_at=now,
            expires_at=now + DELETED_BODY_KEPT,
        )
        for row in rows
    )
    RoomEvent.objects.filter(room_id=room.pk, seq__in=[row.seq for row in rows]).update(payload=b"")


def _locked_target(user: User, session: SessionBase | None, room_public_id: str, seq: int, now: datetime) -> tuple[Seat, RoomEvent]:
    """The seat with its room locked, and the message `seq` that still can be changed."""
    room = lock_room(get_seat(user=user, session=session, public_id=room_public_id, now=now).room.pk)
    fresh = get_seat(user=user, session=session, public_id=room_public_id, now=now)
    seat = Seat(room=room, membership=fresh.membership)
    return seat, _live_message(seat, seq, now, hidden=hidden_actor_ids(user=user))


def _live_message(seat: Seat, seq: int, now: datetime, *, hidden: set[int]) -> RoomEvent:
    row = RoomEvent.objects.filter(room_id=seat.room.pk, seq=seq, kind=EventKind.MESSAGE, expires_at__gt=now).first()
    if row is None or not row.payload or row.actor_id in hidden:
        raise MessageNotFound
    if seat.room.history == "FROM_JOIN" and row.seq <= seat.membership.joined_seq:
        raise MessageNotFound
    return row


def get_live_message(*, seat: Seat, seq: int, now: datetime, hidden: set[int]) -> RoomEvent:
    """The row of a message that this member can see and that was not deleted.

    Raises:
        MessageNotFound.
    """
    return _live_message(seat, seq, now, hidden=hidden)


def _checked_text(body: str, *, empty_ok: bool) -> str:
    if len(body) > 4 * MAX_LENGTH:
        raise TooLong
    text = clean(body)
    if len(text) > MAX_LENGTH:
        raise TooLong
    if is_blank(text):
        if empty_ok:
            return ""
        raise EmptyMessage
    return text


def _check_pace(user: User) -> None:
    if wait := _pace.take(user.pk, limit=settings.MESSAGES_IN_10_S):
        raise TooFast(retry=wait)


def forget_pace() -> None:
    """Nobody has sent anything yet (between tests)."""
    _pace.forget()


def check_not_frozen(seat: Seat) -> None:
    """In a room in pause only those who moderate it change anything.

    Raises:
        RoomFrozen.
    """
    if seat.room.state == RoomState.FROZEN and not seat.membership.moderates:
        raise RoomFrozen
