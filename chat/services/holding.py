"""What becomes of a kept message: a person lets it in or refuses it, its author takes it back, or it is given back in time.

Whoever decides waits for the room's lock, and the row is taken by a conditional UPDATE: of two who decide at once one is late.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.access import Seat
from chat.enums import AttachmentState, EventKind, HeldState, MemberState, RoomAct, RoomState
from chat.events import HeldDecided, MessageAddressed, user_topic
from chat.models import Attachment, HeldMessage, Membership, MessageMeta, Room, RoomEvent
from chat.queries.held import open_kept
from chat.queries.mentions import resolve_mentions
from chat.services.corrections import write_correction
from chat.services.deeds import checked_reason, note_deed
from chat.services.errors import ChatError
from chat.services.held import KEPT
from chat.services.log import append_event, lock_room
from core import outbox
from core.clock import to_wire
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify
from realtime import services as live

_IMAGES_KEPT = timedelta(hours=24)


class AlreadyDecided(ChatError):
    code, words = "decided", _("Quelqu’un a déjà décidé de ce message, ou son auteur l’a repris.")


class NotReleasable(ChatError):
    code, words = (
        "not_releasable",
        _("Ce message ne peut plus être publié : son auteur n’écrit plus ici, ou ce qu’il corrigeait n’est plus là."),
    )


def release_held(*, held_id: str, now: datetime, by: Seat | None = None) -> RoomEvent:
    """Let a kept message into the log of its room, now, under the client id that it had. `by` None: the team of the house.

    Raises:
        AlreadyDecided, NotReleasable.
    """
    with transaction.atomic():
        held, room = _lock(held_id, now)
        author = _author_who_may_write(held, now)
        event = _write(held, room, author, now)
        if not _settle(held, HeldState.RELEASED, now, payload=b"", seq=event.seq):
            raise AlreadyDecided
        note_deed(room=room, act=RoomAct.RELEASE, by=by, now=now)
        _tell(held, HeldState.RELEASED, by_staff=by is None)
    return event


def refuse_held(*, held_id: str, reason: str, now: datetime, by: Seat) -> None:
    """Keep a message out of the log; its author reads the reason, and can copy what they wrote for seven days.

    Raises:
        AlreadyDecided, ReasonMissing.
    """
    words = checked_reason(reason)
    with transaction.atomic():
        held, room = _lock(held_id, now)
        if not _settle(held, HeldState.REFUSED, now, reason=words):
            raise AlreadyDecided
        _let_go_of_images(held, AttachmentState.DELETED, now)
        note_deed(room=room, act=RoomAct.REFUSE, by=by, reason=words, now=now)
        _tell_author(held, NoticeKind.HELD_REFUSED, now)
        _tell(held, HeldState.REFUSED, by_staff=False)


def refuse_held_by_house(*, held_id: str, now: datetime) -> None:
    """The team keeps a message out; the statement of its decision tells the author why, and `readmit_held` takes it back.

    Raises:
        AlreadyDecided.
    """
    with transaction.atomic():
        held, room = _lock(held_id, now)
        if not _settle(held, HeldState.REFUSED, now):
            raise AlreadyDecided
        note_deed(room=room, act=RoomAct.REFUSE, now=now)
        _tell(held, HeldState.REFUSED, by_staff=True)


def readmit_held(*, held_id: str, now: datetime) -> bool:
    """Let in what the team had refused, as long as its text is kept; False when it is not, or its author may not write here any more."""
    with transaction.atomic():
        held = HeldMessage.objects.select_related("author", "room").filter(public_id=held_id).first()
        if held is None:
            return False
        room = lock_room(held.room_id)
        refused = HeldMessage.objects.filter(pk=held.pk, state=HeldState.REFUSED, expires_at__gt=now)
        if not refused.update(state=HeldState.RELEASED, decided_at=now, expires_at=now + KEPT):
            return False
        try:
            with transaction.atomic():
                event = _write(held, room, _author_who_may_write(held, now), now)
        except NotReleasable:
            return False
        HeldMessage.objects.filter(pk=held.pk).update(payload=b"", seq=event.seq)
        note_deed(room=room, act=RoomAct.RELEASE, now=now)
        _tell(held, HeldState.RELEASED, by_staff=True)
    return True


def withdraw_held(*, held: HeldMessage, now: datetime) -> None:
    """The author takes a message back before anybody has decided; what they wrote is theirs again.

    Raises:
        AlreadyDecided.
    """
    with transaction.atomic():
        held, _room = _lock(held.public_id, now)
        if not _settle(held, HeldState.RETURNED, now):
            raise AlreadyDecided
        _let_go_of_images(held, AttachmentState.READY, now)
        _tell(held, HeldState.RETURNED, by_staff=False)


def return_overdue(*, now: datetime, limit: int = 500) -> int:
    """Give back what nobody has read in 72 hours, and tell its author; how many were given back."""
    overdue = HeldMessage.objects.filter(state=HeldState.WAITING, expires_at__lte=now).order_by("expires_at")
    given = 0
    for held in overdue.select_related("author", "room")[:limit]:
        with transaction.atomic():
            if _settle(held, HeldState.RETURNED, now, overdue=True):
                _let_go_of_images(held, AttachmentState.READY, now)
                _tell_author(held, NoticeKind.HELD_RETURNED, now)
                _tell(held, HeldState.RETURNED, by_staff=False)
                given += 1
    return given


# ---- Taking and deciding ------------------------------------------------------------------------------------------------------
def _lock(held_id: str, now: datetime) -> tuple[HeldMessage, Room]:
    """A message that waits, with its room locked."""
    rows = HeldMessage.objects.select_related("author", "room")
    found = rows.filter(public_id=held_id).first()
    if found is None:
        raise AlreadyDecided
    room = lock_room(found.room_id)
    held = rows.filter(pk=found.pk).first()  # as it is now that nobody else can decide
    if held is None or held.state_at(now) != HeldState.WAITING:
        raise AlreadyDecided
    return held, room


def _settle(held: HeldMessage, state: HeldState, now: datetime, *, overdue: bool = False, **fields: Any) -> bool:
    waiting = HeldMessage.objects.filter(pk=held.pk, state=HeldState.WAITING)
    waiting = waiting.filter(expires_at__lte=now) if overdue else waiting.filter(expires_at__gt=now)
    return bool(waiting.update(state=state, decided_at=now, expires_at=now + KEPT, **fields))


def _author_who_may_write(held: HeldMessage, now: datetime) -> User:
    author = held.author
    seat = Membership.objects.filter(room_id=held.room_id, user=author).first()
    shut_out = seat is None or seat.state == MemberState.BANNED or (seat.muted_until is not None and now < seat.muted_until)
    if shut_out or not author.is_member or author.silenced or author.restricted_at is not None or held.room.state == RoomState.CLOSED:
        raise NotReleasable
    return author


# ---- Into the log -------------------------------------------------------------------------------------------------------------
def _write(held: HeldMessage, room: Room, author: User, now: datetime) -> RoomEvent:
    payload = open_kept(held)
    if payload is None:
        raise NotReleasable
    if held.target_seq is not None:
        return _write_correction(held.target_seq, room, author, payload, now)
    return _write_message(held, room, author, payload, now)


def _write_correction(seq: int, room: Room, author: User, payload: dict[str, Any], now: datetime) -> RoomEvent:
    rows = RoomEvent.objects.filter(room_id=room.pk, seq=seq, kind=EventKind.MESSAGE, expires_at__gt=now)
    target = rows.exclude(payload=b"").first()
    if target is None:
        raise NotReleasable
    seat = Seat(room=room, membership=Membership.objects.get(room=room, user=author))
    return write_correction(seat=seat, author=author, target=target, text=payload["body"], now=now)


def _write_message(held: HeldMessage, room: Room, author: User, payload: dict[str, Any], now: datetime) -> RoomEvent:
    client_id = _free_client_id(held)
    said = payload | {"cid": str(client_id), "written": to_wire(held.at)}
    if "reply" in said and not _is_there(room, said["reply"], now):
        del said["reply"]
    if mentions := resolve_mentions(room_id=room.pk, text=said["body"], author_id=author.pk):
        said["men"] = mentions
    last = room.last_seq
    event = append_event(room=room, kind=EventKind.MESSAGE, actor=author, payload=said, now=now)
    MessageMeta.objects.create(room_id=room.pk, seq=event.seq, author_id=author.pk, client_id=client_id, at=now)
    _move_images(said, held, event)
    seats = Membership.objects.filter(room=room, user=author)
    seats.update(sent_n=F("sent_n") + 1)
    seats.filter(read_seq=last).update(read_seq=event.seq, read_n=event.n)  # one's own message is not unread
    if "men" in said or "reply" in said:
        outbox.publish(MessageAddressed(room_id=room.pk, seq=event.seq))
    return event


def _free_client_id(held: HeldMessage) -> uuid.UUID:
    """The client id that the message had; another one when its author has used it in another room meanwhile."""
    taken = MessageMeta.objects.filter(author_id=held.author_id, client_id=held.client_id).exists()
    return uuid.uuid4() if taken else held.client_id


def _is_there(room: Room, seq: int, now: datetime) -> bool:
    return RoomEvent.objects.filter(room_id=room.pk, seq=seq, expires_at__gt=now).exclude(payload=b"").exists()


def _images_of(held: HeldMessage, payload: dict[str, Any] | None) -> Any:
    ids = [image["id"] for image in (payload or {}).get("att", ())]
    return Attachment.objects.filter(public_id__in=ids, owner_id=held.author_id, state=AttachmentState.HELD)


def _move_images(payload: dict[str, Any], held: HeldMessage, event: RoomEvent) -> None:
    _images_of(held, payload).update(state=AttachmentState.SENT, seq=event.seq, expires_at=event.expires_at)


def _let_go_of_images(held: HeldMessage, state: AttachmentState, now: datetime) -> None:
    _images_of(held, open_kept(held)).update(state=state, expires_at=now + _IMAGES_KEPT)


# ---- Telling ------------------------------------------------------------------------------------------------------------------
def _tell(held: HeldMessage, state: HeldState, *, by_staff: bool) -> None:
    decided = HeldDecided(held_id=held.public_id, room_id=held.room_id, author_id=held.author_id, state=state.value, by_staff=by_staff)
    outbox.publish(decided)
    data = {"room": held.room.public_id, "cid": str(held.client_id), "state": state.value}
    topic = user_topic(held.author.public_id)
    transaction.on_commit(partial(live.publish_ephemeral, topic=topic, kind="held", actor=held.author.public_id, data=data))


def _tell_author(held: HeldMessage, kind: NoticeKind, now: datetime) -> None:
    notify(
        user_id=held.author_id,
        kind=kind,
        subject=Subject("chat", "HELD", held.public_id),
        dedupe_key=f"{kind}:{held.public_id}",
        group_key=f"chat:{kind}",
        args={},
        path=reverse("chat:kept", args=[held.room.public_id]),
        now=now,
    )
