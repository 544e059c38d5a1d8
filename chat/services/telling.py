"""Telling members that a message means them: later, once, and nobody from whom its author is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.queries import list_people_by_public_ids
from accounts.queries.relations import hiders_of
from chat.enums import EventKind, RoomState
from chat.models import Membership, Room, RoomEvent
from chat.queries.followers import addressed_group, list_addressable
from chat.queries.payloads import open_payloads
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify


def tell_of_message(*, room_id: int, seq: int, now: datetime) -> int:
    """Tell those whom a message names, and whom it answers, unless it is gone by now; how many. About ten queries and those of the notices.

    An answer says more than a mention, so whom it answers hears of that alone. Who has hidden its author, or is hidden from them, hears
    nothing, as in the room itself.
    """
    row = RoomEvent.objects.filter(room_id=room_id, seq=seq, kind=EventKind.MESSAGE, expires_at__gt=now).first()
    room = Room.objects.filter(pk=room_id).exclude(state=RoomState.CLOSED).first()
    payload = open_payloads([row])[seq] if row is not None else None
    if row is None or room is None or payload is None:
        return 0
    kinds = _whom(row, payload, now)
    hiders = hiders_of(actor_id=row.actor_id or 0, among=kinds)
    seats = [seat for seat in list_addressable(room_id=room_id, user_ids=kinds) if seat.user_id not in hiders]
    return sum(_tell(seat, room, seq, kinds[seat.user_id], now) for seat in seats)


def _whom(row: RoomEvent, payload: Mapping[str, Any], now: datetime) -> dict[int, NoticeKind]:
    named = [public_id for public_id, _name in payload.get("men", ())]
    kinds = {person.id: NoticeKind.MENTION for person in list_people_by_public_ids(public_ids=named)} if named else {}
    if "reply" in payload:
        answered = RoomEvent.objects.filter(room_id=row.room_id, seq=payload["reply"], kind=EventKind.MESSAGE, expires_at__gt=now)
        author_id = answered.exclude(payload=b"").values_list("actor_id", flat=True).first()
        if author_id is not None:
            kinds[author_id] = NoticeKind.REPLY
    kinds.pop(row.actor_id or 0, None)
    return kinds


def _tell(seat: Membership, room: Room, seq: int, kind: NoticeKind, now: datetime) -> bool:
    return notify(
        user_id=seat.user_id,
        kind=kind,
        subject=Subject("chat", "MESSAGE", room.public_id),
        dedupe_key=f"said:{room.public_id}:{seq}",
        group_key=addressed_group(room.public_id),
        args={"seq": seq},
        path=path_of_message(room.public_id, seq),
        now=now,
        hushed=seat.is_hushed(now),
    )


def path_of_message(room_public_id: str, seq: int) -> str:
    """The page of a room at one message. The room is named by its outward id: its short address comes of its title, which notices do not
    keep."""
    return f"{reverse('chat:room', args=[room_public_id])}?around={seq}#m{seq}"
