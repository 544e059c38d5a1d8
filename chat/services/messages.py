"""Sending, editing and deleting messages."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import hidden_actor_ids
from chat.access import Seat, get_seat
from chat.enums import AttachmentState, EventKind, RoomState
from chat.models import Attachment, DeletedBody, Membership, MessageMeta, Room, RoomEvent
from chat.queries.mentions import resolve_mentions
from chat.services.errors import ChatError
from chat.services.log import append_event, lock_room
from core import ratelimit
from core.text import clean, is_blank

MAX_LENGTH = 4000
MAX_IMAGES = 4
DELETED_BODY_KEPT = timedelta(hours=24)
_EDIT_WITHIN = timedelta(hours=24)


class EmptyMessage(ChatError):
    code, words = "empty", _("Écrivez quelque chose avant d’envoyer.")


class TooLong(ChatError):
    code, words = "too_long", _("Votre message dépasse 4 000 caractères. Raccourcissez-le ou envoyez-le en deux fois.")


class RoomFrozen(ChatError):
    code, words = "frozen", _("Ce salon est en pause. Vous pouvez lire, mais pas écrire pour le moment.")


class SlowMode(ChatError):
    code, words = "slow_mode", _("Ce salon est en mode lent. Patientez un peu avant d’écrire de nouveau.")


class TooFast(ChatError):
    code, words = "rate", _("Vous envoyez beaucoup de messages. Patientez quelques secondes.")


class ClientIdTaken(ChatError):
    code, words = "duplicate_conflict", _("Ce message a déjà servi ailleurs. Envoyez-le de nouveau.")


class MessageNotFound(ChatError):
    code, words = "not_found", _("Ce message n’est plus disponible.")


class NotYours(ChatError):
    code, words = "forbidden", _("Vous ne pouvez modifier que vos propres messages.")


class TooLateToEdit(ChatError):
    code, words = "forbidden", _("Un message se modifie pendant 24 heures après son envoi.")


class BadAttachment(ChatError):
    code, words = "bad_attachment", _("Cette image n’est plus disponible. Ajoutez-la de nouveau.")


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a message stands in its room; `replayed` when this `client_id` had been sent before."""

    room: Room
    seq: int
    at: datetime
    replayed: bool


def send_message(
    *,
    user: User,
    room_public_id: str,
    client_id: uuid.UUID,
    body: str,
    now: datetime,
    reply_seq: int | None = None,
    attachment_ids: Sequence[str] = (),
) -> Sent:
    """Write a message into a room's log, once for ever per (author, `client_id`): a replay gets the first answer.

    Sending implies having read everything before. The right to write is judged while the room is locked, so a ban that
    committed before is always seen.

    Raises:
        AccessRefused: no seat in the room.
        EmptyMessage, TooLong, RoomFrozen, SlowMode, TooFast, ClientIdTaken, MessageNotFound (of the reply), BadAttachment.
    """
    seat = get_seat(user=user, public_id=room_public_id, now=now)
    if first := _find_sent(user=user, room=seat.room, client_id=client_id):
        return first
    text = _checked_text(body, empty_ok=bool(attachment_ids))
    _check_pace(user)
    try:
        with transaction.atomic():
            room = lock_room(seat.room.pk)
            if first := _find_sent(user=user, room=room, client_id=client_id):
                return first
            seat = get_seat(user=user, public_id=room_public_id, now=now)
            _check_may_write(room=room, seat=seat, now=now)
            return _write(seat, room, user, client_id, text, reply_seq, attachment_ids, now)
    except IntegrityError as error:  # the same id went to another room at the same moment
        if first := _find_sent(user=user, room=seat.room, client_id=client_id):
            return first
        raise ClientIdTaken from error


def _write(
    seat: Seat,
    room: Room,
    user: User,
    client_id: uuid.UUID,
    text: str,
    reply_seq: int | None,
    attachment_ids: Sequence[str],
    now: datetime,
) -> Sent:
    payload: dict[str, Any] = {"cid": str(client_id), "body": text}
    if reply_seq is not None:
        payload["reply"] = _live_message(seat, reply_seq, now, hidden=hidden_actor_ids(user=user)).seq
    if mentions := resolve_mentions(room=room, text=text):
        payload["men"] = mentions
    images = _claim_images(user, room, attachment_ids, now)
    if images:
        payload["att"] = [{"id": i.public_id, "w": i.width, "h": i.height, "size": i.size} for i in images]
    row = append_event(room=room, kind=EventKind.MESSAGE, actor=user, payload=payload, now=now)
    MessageMeta.objects.create(room_id=room.pk, seq=row.seq, author_id=user.pk, client_id=client_id, at=now)
    Attachment.objects.filter(pk__in=[image.pk for image in images]).update(
        seq=row.seq, state=AttachmentState.SENT, expires_at=row.expires_at
    )
    Membership.objects.filter(pk=seat.membership.pk).update(read_seq=row.seq, read_n=row.n)
    return Sent(room=room, seq=row.seq, at=now, replayed=False)


def edit_message(*, user: User, room_public_id: str, seq: int, body: str, now: datetime) -> RoomEvent:
    """Replace the text of one's own message, within 24 hours; the log keeps both until the message expires.

    Raises:
        AccessRefused, EmptyMessage, TooLong, TooFast, RoomFrozen, MessageNotFound, NotYours, TooLateToEdit.
    """
    _check_pace(user)
    with transaction.atomic():
        seat, target = _locked_target(user, room_public_id, seq, now)
        if target.actor_id != user.pk:
            raise NotYours
        if now > target.at + _EDIT_WITHIN:
            raise TooLateToEdit
        _check_not_frozen(seat)
        text = _checked_text(body, empty_ok=Attachment.objects.filter(room_id=seat.room.pk, seq=seq).exists())
        payload: dict[str, Any] = {"body": text}
        if mentions := resolve_mentions(room=seat.room, text=text):
            payload["men"] = mentions
        return append_event(room=seat.room, kind=EventKind.EDIT, actor=user, payload=payload, now=now, target=target)


def delete_message(*, user: User, room_public_id: str, seq: int, now: datetime) -> RoomEvent:
    """Take one's own message back. Its words, edits included, leave the log and are kept sealed for 24 h for a report alone.

    Raises:
        AccessRefused, MessageNotFound, NotYours.
    """
    with transaction.atomic():
        seat, target = _locked_target(user, room_public_id, seq, now)
        if target.actor_id != user.pk:
            raise NotYours
        _move_bodies(seat.room, target, now)
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
    RoomEvent.objects.filter(pk__in=[row.pk for row in rows]).update(payload=b"")


def _locked_target(user: User, room_public_id: str, seq: int, now: datetime) -> tuple[Seat, RoomEvent]:
    """The seat with its room locked, and the message `seq` that still can be changed."""
    room = lock_room(get_seat(user=user, public_id=room_public_id, now=now).room.pk)
    fresh = get_seat(user=user, public_id=room_public_id, now=now)
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


def _find_sent(*, user: User, room: Room, client_id: uuid.UUID) -> Sent | None:
    meta = MessageMeta.objects.filter(author_id=user.pk, client_id=client_id).first()
    if meta is None:
        return None
    if meta.room_id != room.pk:
        raise ClientIdTaken
    return Sent(room=room, seq=meta.seq, at=meta.at, replayed=True)


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
    try:
        ratelimit.hit("message", str(user.pk), limit=settings.MESSAGES_IN_10_S, seconds=10)
    except ratelimit.RateLimited as error:
        raise TooFast(retry=error.retry) from error


def _check_not_frozen(seat: Seat) -> None:
    if seat.room.state == RoomState.FROZEN and not seat.membership.moderates:
        raise RoomFrozen


def _check_may_write(*, room: Room, seat: Seat, now: datetime) -> None:
    _check_not_frozen(Seat(room=room, membership=seat.membership))
    if not room.slow_mode_s or seat.membership.moderates:
        return
    last = (
        MessageMeta.objects.filter(room_id=room.pk, author_id=seat.membership.user_id).order_by("-at").values_list("at", flat=True).first()
    )
    if last is not None and (left := (last + timedelta(seconds=room.slow_mode_s) - now).total_seconds()) > 0:
        raise SlowMode(retry=left)


def _claim_images(user: User, room: Room, public_ids: Sequence[str], now: datetime) -> list[Attachment]:
    wanted = list(dict.fromkeys(public_ids))
    if not wanted:
        return []
    rows = {
        row.public_id: row
        for row in Attachment.objects.filter(
            public_id__in=wanted, owner=user, room_id=room.pk, state=AttachmentState.READY, expires_at__gt=now
        )
    }
    if len(wanted) > MAX_IMAGES or len(rows) != len(wanted):
        raise BadAttachment
    return [rows[public_id] for public_id in wanted]
