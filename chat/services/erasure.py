"""What of the rooms goes when somebody has their account erased: their words wherever these lie, their images, their seats.

Of a message its place stays, empty, until it expires, and who wrote when for a year (MessageMeta: décret 2021-1362, art. 5). The log has
no index by author, so it is looked through room by room: those in which they have a seat, and those to which the traces of their messages
lead. `privacy` calls, batch by batch, and has asked what is held.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from chat.enums import EventKind, HeldState, MemberState, Role, RoomKind, RoomState
from chat.events import HeldDecided
from chat.models import (
    Attachment,
    DeletedBody,
    HeldMessage,
    HiddenBody,
    Membership,
    MessageMeta,
    Room,
    RoomBoost,
    RoomDeed,
    RoomEvent,
    RoomProposal,
    RoomTip,
)
from chat.services.log import append_event, lock_room
from chat.services.memberships import drop_on_commit, tell_members, unseat
from chat.services.owning import TheirGroupsFull, check_heir
from chat.services.purge import destroy_images, files_of
from core import outbox
from core.erasing import BATCH, Rows, add_up, blank_some, delete_some, next_batch
from core.setaside import drop_of_owner

_HEIRS = 20


def erase_words(*, user_id: int, now: datetime) -> Rows:
    """One batch of what somebody said in rooms, and last their seats; `{}` once nothing is left. Each room is told once that they are
    gone: open pages and what processes remember lose their words with that."""
    return next_batch(_DEEDS, user_id=user_id, now=now)


def list_files(*, user_id: int) -> list[str]:
    """The names of all files of somebody's images, which say nothing by themselves."""
    return list(files_of(list(Attachment.objects.filter(owner_id=user_id))))


def list_places(*, user_id: int) -> list[int]:
    """The rooms, by inward id, in which something of somebody may lie."""
    seats = Membership.objects.filter(user_id=user_id).values_list("room_id", flat=True)
    return sorted({*seats, *_spoken_in(user_id)})


def has_words(*, user_id: int) -> bool:
    """Whether anything that somebody said, showed or held in a room is still there."""
    mine = (DeletedBody.objects.filter(author_id=user_id), HeldMessage.objects.filter(author_id=user_id), _images(user_id))
    if any(rows.exists() for rows in (*mine, Membership.objects.filter(user_id=user_id))):
        return True
    return any(_events(room_id, user_id).exists() for room_id in list_places(user_id=user_id))


def _spoken_in(user_id: int) -> Iterable[int]:
    return MessageMeta.objects.filter(author_id=user_id).order_by().values_list("room_id", flat=True).distinct()


def _images(user_id: int) -> QuerySet[Attachment]:
    return Attachment.objects.filter(owner_id=user_id)


def _events(room_id: int, user_id: int) -> QuerySet[RoomEvent]:
    """All of somebody's that still says something in one room: empty messages alone may stay, as places."""
    return RoomEvent.objects.filter(~Q(kind=EventKind.MESSAGE) | ~Q(payload=b""), room_id=room_id, actor_id=user_id)


# ---- The deeds, in their order -----------------------------------------------------------------------------------------------
def _held(user_id: int, now: datetime) -> Rows:
    """What waits for somebody to read it, or was answered lately. The team has nothing to decide any more."""
    mine = HeldMessage.objects.filter(author_id=user_id)
    for held in mine.filter(state=HeldState.WAITING)[:BATCH]:
        outbox.publish(HeldDecided(held.public_id, held.room_id, user_id, state=HeldState.RETURNED.value, by_staff=False))
    return delete_some(mine)


def _apart(user_id: int, now: datetime) -> Rows:
    """What lies apart from the log: taken back, or kept beyond its day by a hold that is over."""
    aside = drop_of_owner(RoomEvent, owner_id=user_id, limit=BATCH)
    return add_up(delete_some(DeletedBody.objects.filter(author_id=user_id)), {"core_setaside": aside} if aside else {})


def _pictures(user_id: int, now: datetime) -> Rows:
    """The rows first, so that nobody is shown an image any more; their files follow (`list_files`)."""
    keys = list(_images(user_id).order_by("pk").values_list("pk", flat=True)[:BATCH])
    return {Attachment._meta.db_table: destroy_images(keys)} if keys else {}


def _rooms(user_id: int, now: datetime) -> Rows:
    """A batch of the first room in which they have a seat; they leave it when nothing of theirs is in it any more."""
    seat = Membership.objects.filter(user_id=user_id).order_by("room_id").first()
    if seat is None:
        return {}
    return _empty(seat.room_id, user_id) or _leave(seat, now)


def _trails(user_id: int, now: datetime) -> Rows:
    """A batch of a room that their traces alone lead to."""
    return next((rows for room_id in _spoken_in(user_id) if (rows := _empty(room_id, user_id))), {})


def _empty(room_id: int, user_id: int) -> Rows:
    """A batch of one room: empty their messages, delete what else they did there, and what a decision had taken out of the log."""
    mine = RoomEvent.objects.filter(room_id=room_id, actor_id=user_id)
    if gone := _count(HiddenBody.objects.filter(room_id=room_id, seq__in=mine.values("seq"))):
        return gone
    found = list(_events(room_id, user_id).order_by("seq").values_list("seq", "kind")[:BATCH])
    deeds = mine.filter(seq__in=[seq for seq, kind in found if kind != EventKind.MESSAGE])
    emptied = mine.filter(seq__in=[seq for seq, kind in found if kind == EventKind.MESSAGE]).update(payload=b"")
    return add_up(_count(deeds), {RoomEvent._meta.db_table: emptied} if emptied else {})


def _count(rows: QuerySet[HiddenBody] | QuerySet[RoomEvent]) -> Rows:
    deleted = rows.delete()[0]
    return {rows.model._meta.db_table: deleted} if deleted else {}


def _leave(seat: Membership, now: datetime) -> Rows:
    """Leave a room, which is told that they are gone."""
    room = lock_room(seat.room_id)
    user = User.objects.get(pk=seat.user_id)
    drop_on_commit(room, user, "left")
    _hand_over(room, seat, now)
    if seat.state == MemberState.JOINED:
        unseat(room, seat, MemberState.LEFT)
    append_event(room=room, kind=EventKind.FORGET, actor=None, payload={"gone": user.public_id}, now=now)
    if room.kind == RoomKind.GROUP and room.members == 0:
        Room.objects.filter(pk=room.pk).update(state=RoomState.CLOSED)
    seat.delete()
    return {Membership._meta.db_table: 1}


def _hand_over(room: Room, seat: Membership, now: datetime) -> None:
    """A group whose last owner goes is answered for by who has moderated it longest, else by who has been in it longest; where nobody may
    answer for one more, it is closed: nobody would look after it."""
    if seat.role != Role.OWNER or seat.state != MemberState.JOINED or room.kind != RoomKind.GROUP or room.members <= 1:
        return
    others = Membership.objects.filter(room=room, state=MemberState.JOINED).exclude(pk=seat.pk)
    if others.filter(role=Role.OWNER).exists():
        return
    heir = next((one for one in _line_of_heirs(others) if _may_answer(one.user, now)), None)
    if heir is None:
        Room.objects.filter(pk=room.pk).update(state=RoomState.CLOSED)
        return
    Membership.objects.filter(pk=heir.pk).update(role=Role.OWNER)
    tell_members(room=room, actor=None, who=heir.user, act="role", role=Role.OWNER.value, now=now)


def _line_of_heirs(others: QuerySet[Membership]) -> list[Membership]:
    seats = others.filter(user__in=User.objects.present()).select_related("user").order_by("joined_at", "pk")
    return [*seats.filter(role=Role.MODERATOR)[:_HEIRS], *seats.filter(role=Role.MEMBER)[:_HEIRS]]


def _may_answer(user: User, now: datetime) -> bool:
    try:
        check_heir(user=user, now=now)
    except TheirGroupsFull:
        return False
    return True


def _proposals(user_id: int, now: datetime) -> Rows:
    return delete_some(RoomProposal.objects.filter(proposer_id=user_id))


def _unlink(model: type[RoomDeed] | type[RoomTip] | type[RoomBoost], column: str, user_id: int, now: datetime) -> Rows:
    """What stays for others, or for the books, names them no more."""
    nobody: dict[str, Any] = {column: None}
    return blank_some(model._default_manager.filter(**{column: user_id}), **nobody)


_DEEDS = (
    _held,
    _apart,
    _pictures,
    _rooms,
    _trails,
    _proposals,
    partial(_unlink, RoomDeed, "actor_id"),
    partial(_unlink, RoomDeed, "who_id"),
    partial(_unlink, RoomTip, "giver_id"),
    partial(_unlink, RoomTip, "owner_id"),
    partial(_unlink, RoomBoost, "buyer_id"),
)
