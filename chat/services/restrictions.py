"""What a decision of the team does to a room and to what was said in it; each deed has its way back.

Nothing here judges, and nothing here asks who calls: `moderation` does, above. The house acts, so the log names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from chat.enums import AttachmentState, EventKind, MemberState, Role, RoomAct, RoomState
from chat.events import room_topic
from chat.models import Attachment, HiddenBody, Membership, Room, RoomEvent
from chat.services.boosts import end_boosts
from chat.services.deeds import note_deed
from chat.services.log import append_event, lock_room
from chat.services.memberships import drop_on_commit, tell_members, unseat
from chat.services.tools import acts_of
from realtime import services as live

_CHANGEABLE = frozenset({"state", "slow_mode_s"})


class NothingToRestrict(LookupError):
    """The message, image, room or seat is gone, or is hidden already."""


@dataclass(frozen=True, slots=True)
class SeatBefore:
    """A seat as it was before a ban, for its way back."""

    state: str
    role: str


def hide_message(*, room_public_id: str, seq: int, now: datetime) -> list[str]:
    """Take a message of anybody out of the log: its words and their edits lie apart, its images are refused to everybody. At once: open
    sockets are told, pages, search, quotes and pins read a log without it.

    The outward ids of the images that this hid, for `restore_message`.

    Raises:
        NothingToRestrict.
    """
    with transaction.atomic():
        room = lock_room(_room_id(room_public_id))
        target = _message(room, seq, now)
        if target is None or not target.payload:
            raise NothingToRestrict(f"{room_public_id}:{seq}")
        _put_aside(room, target, now)
        images = Attachment.objects.filter(room_id=room.pk, seq=seq, state=AttachmentState.SENT)
        hidden = list(images.order_by("pk").values_list("public_id", flat=True))
        images.update(state=AttachmentState.HIDDEN)
        append_event(room=room, kind=EventKind.HIDE, actor=None, payload={}, now=now, target=target)
    return hidden


def _put_aside(room: Room, target: RoomEvent, now: datetime) -> None:
    edits = RoomEvent.objects.filter(room_id=room.pk, target_seq=target.seq, kind=EventKind.EDIT)
    rows = [row for row in [target, *edits] if row.payload]
    HiddenBody.objects.bulk_create(
        HiddenBody(room_id=room.pk, seq=row.seq, target_seq=target.seq, payload=row.payload, hidden_at=now, expires_at=target.expires_at)
        for row in rows
    )
    RoomEvent.objects.filter(room_id=room.pk, seq__in=[row.seq for row in rows]).update(payload=b"")


def restore_message(*, room_public_id: str, seq: int, images: list[str], now: datetime) -> bool:
    """Put a hidden message back, with those of its images that were hidden with it; False when it has expired meanwhile."""
    with transaction.atomic():
        room = lock_room(_room_id(room_public_id))
        target, bodies = _message(room, seq, now), HiddenBody.objects.filter(room_id=room.pk, target_seq=seq)
        rows = list(bodies)
        if target is None or not rows:
            return False
        for body in rows:
            RoomEvent.objects.filter(room_id=room.pk, seq=body.seq).update(payload=body.payload)
        bodies.delete()
        Attachment.objects.filter(public_id__in=images, state=AttachmentState.HIDDEN).update(state=AttachmentState.SENT)
        append_event(room=room, kind=EventKind.RESTORE, actor=None, payload={}, now=now, target=target)
    return True


def hide_image(*, public_id: str, now: datetime) -> None:
    """Refuse one image of a message to everybody; the rest of the message stays.

    Raises:
        NothingToRestrict.
    """
    _turn_image(public_id, AttachmentState.SENT, AttachmentState.HIDDEN, EventKind.HIDE, now)


def restore_image(*, public_id: str, now: datetime) -> bool:
    """Show a hidden image again; False when it has expired meanwhile."""
    try:
        _turn_image(public_id, AttachmentState.HIDDEN, AttachmentState.SENT, EventKind.RESTORE, now)
    except NothingToRestrict:
        return False
    return True


def _turn_image(public_id: str, before: AttachmentState, after: AttachmentState, kind: EventKind, now: datetime) -> None:
    with transaction.atomic():
        image = Attachment.objects.filter(public_id=public_id, state=before, expires_at__gt=now).first()
        if image is None or image.seq is None:
            raise NothingToRestrict(public_id)
        room = lock_room(image.room_id)
        if not Attachment.objects.filter(pk=image.pk, state=before).update(state=after):  # somebody was quicker
            raise NothingToRestrict(public_id)
        target = _message(room, image.seq, now)
        if target is not None:
            append_event(room=room, kind=kind, actor=None, payload={"image": public_id}, now=now, target=target)


def set_room(*, room_public_id: str, changes: dict[str, Any], expected: dict[str, Any] | None = None, now: datetime) -> dict[str, Any]:
    """Freeze, slow, close or reopen a room (`state`, `slow_mode_s`); what it was before, for the way back. With `expected` only what is
    so now is changed: what somebody else has set meanwhile stays. A room that is restricted loses its paid place, and whoever paid for it
    has their credit back.

    Raises:
        NothingToRestrict.
    """
    assert changes.keys() <= _CHANGEABLE, changes
    with transaction.atomic():
        room = lock_room(_room_id(room_public_id))
        if expected is not None:
            changes = {name: value for name, value in changes.items() if getattr(room, name) == expected[name]}
        else:  # a measure, and not the way back from one
            end_boosts(room=room, now=now)
        before = {name: getattr(room, name) for name in changes}
        if before == changes:
            return before
        for name, value in changes.items():
            setattr(room, name, value)
        room.save(update_fields=list(changes))
        append_event(room=room, kind=EventKind.ROOM, actor=None, payload={"fields": changes}, now=now)
        _note_change(room, before, changes, now)
        if room.state == RoomState.CLOSED:
            _empty_on_commit(room)
    return before


def _note_change(room: Room, before: dict[str, Any], changes: dict[str, Any], now: datetime) -> None:
    """The journal of the room tells what the team did too."""
    for act, names in acts_of({name: value for name, value in changes.items() if before[name] != value}).items():
        old, new = ({name: values[name] for name in names} for values in (before, changes))
        note_deed(room=room, act=act, before=old, after=new, now=now)


def _empty_on_commit(room: Room) -> None:
    """Nobody hears a closed room any more."""
    people = Membership.objects.filter(room=room, state=MemberState.JOINED).values_list("user__public_id", flat=True)
    for public_id in people:
        transaction.on_commit(partial(live.drop_subscription, topic=room_topic(room.public_id), user=public_id, code="gone"))


def mute_member(*, room_public_id: str, user_id: int, until: datetime) -> datetime | None:
    """Let somebody read and not write in one room until then; until when they were mute before.

    Raises:
        NothingToRestrict: they have no seat.
    """
    with transaction.atomic():
        lock_room(_room_id(room_public_id))
        seat = Membership.objects.filter(room__public_id=room_public_id, user_id=user_id).first()
        if seat is None:
            raise NothingToRestrict(room_public_id)
        before, seat.muted_until = seat.muted_until, until
        seat.save(update_fields=["muted_until"])
    return before


def unmute_member(*, room_public_id: str, user_id: int, until: datetime, before: datetime | None) -> bool:
    """Take the mute that lasts until then back to what was before it; False when another has taken its place."""
    mine = Membership.objects.filter(room__public_id=room_public_id, user_id=user_id, muted_until=until)
    return bool(mine.update(muted_until=before))


def ban_from_room(*, room_public_id: str, user_id: int, reason: str, until: datetime | None, now: datetime) -> SeatBefore:
    """Ban somebody from a room whatever their role, as the team may and the room's moderation may not; what the seat was before.

    Raises:
        NothingToRestrict: they never had a seat.
    """
    with transaction.atomic():
        room = lock_room(_room_id(room_public_id))
        seat = Membership.objects.select_related("user").filter(room=room, user_id=user_id).first()
        if seat is None:
            raise NothingToRestrict(room_public_id)
        before = SeatBefore(seat.state, seat.role)
        seat.ban_reason, seat.ban_until = reason[:300], until
        drop_on_commit(room, seat.user, "banned")
        unseat(room, seat, MemberState.BANNED)
        tell_members(room=room, actor=None, who=seat.user, act="ban", now=now)
        note_deed(room=room, act=RoomAct.BAN, who=seat.user, reason=reason, now=now)
    return before


def unban_from_room(*, room_public_id: str, user_id: int, reason: str, before: SeatBefore, now: datetime) -> None:
    """Lift the team's ban of this reason: who was banned or gone before is so again, who had a seat has it again, with their role. A ban
    that somebody else has set since stays."""
    with transaction.atomic():
        room = lock_room(_room_id(room_public_id))
        mine = Membership.objects.filter(room=room, user_id=user_id, state=MemberState.BANNED, ban_reason=reason[:300])
        seat = mine.select_related("user").first()
        if seat is None or before.state == MemberState.BANNED:
            return
        seat.state, seat.ban_reason, seat.ban_until = MemberState.LEFT, "", None
        if before.state == MemberState.JOINED:
            seat.state, seat.role = MemberState.JOINED, Role(before.role)
            Room.objects.filter(pk=room.pk).update(members=room.members + 1)
            room.members += 1
        seat.save(update_fields=["state", "role", "ban_reason", "ban_until"])
        tell_members(room=room, actor=None, who=seat.user, act="unban", now=now)


def _room_id(public_id: str) -> int:
    found = Room.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    if found is None:
        raise NothingToRestrict(public_id)
    return found


def _message(room: Room, seq: int, now: datetime) -> RoomEvent | None:
    return RoomEvent.objects.filter(room_id=room.pk, seq=seq, kind=EventKind.MESSAGE, expires_at__gt=now).first()
