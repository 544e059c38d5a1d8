"""What notices ask about rooms and messages when they are to leave or to be shown (`notifications.subjects`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connections, router

from accounts.queries import (
    Beyond,
    PersonRef,
    Sender,
    asks_for_consent,
    asks_for_visit,
    is_open_in,
    list_people,
    read_beyond,
    read_senders,
    senders_query,
)
from accounts.queries.relations import hiders_of
from chat.enums import EventKind, History, MemberState, NotifyLevel, RoomState
from chat.events import room_topic
from chat.models import Membership, RoomEvent
from chat.queries.payloads import open_payloads
from chat.queries.veils import VISITED
from core.sql import fetch_all
from notifications.enums import NoticeKind
from notifications.subjects import Asked, Standing
from realtime import services as live

GONE = Standing(gone=True)
_PREVIEW = 120
Place = tuple[str, int]  # a room by its outward id, and a person


@dataclass(slots=True)
class _Found:
    """What was read for the questions in hand."""

    seats: Mapping[Place, Membership]
    accounts: Mapping[int, Sender] = field(default_factory=dict)
    beyond: Beyond | None = None
    rows: Mapping[tuple[int, int], RoomEvent] = field(default_factory=dict)
    hidden: Mapping[int, set[int]] = field(default_factory=dict)  # by who wrote: those who shall not know
    people: Mapping[int, PersonRef] = field(default_factory=dict)
    texts: Mapping[tuple[int, int], str] = field(default_factory=dict)


class RoomSubjects:
    """Answers for rooms and their messages."""

    def look(self, asked: Sequence[Asked], *, now: datetime) -> list[Standing]:
        """How each stands for its person. Five queries, and one more for each author and each room with messages."""
        found = _Found(seats=_list_seats(asked))
        found.accounts, found.beyond = _read_accounts(found.seats.values(), now)
        messages = [one for one in asked if one.kind != NoticeKind.ROOM_MESSAGE and (one.subject_public_id, one.user_id) in found.seats]
        found.rows = _list_rows(messages, found.seats, now)
        by_author: dict[int, set[int]] = defaultdict(set)
        for one in messages:
            if (row := _row_of(one, found)) is not None and row.actor_id is not None:
                by_author[row.actor_id].add(one.user_id)
        found.hidden = {author: hiders_of(actor_id=author, among=people) for author, people in by_author.items()}
        found.people = list_people(user_ids=by_author) if by_author else {}
        found.texts = _list_texts([row for one in messages if one.with_preview and (row := _row_of(one, found)) is not None], now)
        return [_stand(one, found, now) for one in asked]

    def name_places(self, *, user_id: int, public_ids: Collection[str], outside: bool) -> Mapping[str, str]:
        """The titles of rooms that this person is in; none of a room whose words wait for a proof of the visit. One query."""
        seats = Membership.objects.filter(user_id=user_id, state=MemberState.JOINED, room__public_id__in=list(public_ids))
        rooms = [seat.room for seat in seats.select_related("room")]
        return {room.public_id: room.title for room in rooms if room.age_gate not in VISITED and not (outside and room.is_discreet)}

    def read_up_to(self, *, user_id: int, public_ids: Collection[str]) -> Mapping[str, int]:
        """The reading cursors of one person. One query."""
        seats = Membership.objects.filter(user_id=user_id, room__public_id__in=list(public_ids))
        return dict(seats.values_list("room__public_id", "read_seq"))


def _list_seats(asked: Sequence[Asked]) -> Mapping[Place, Membership]:
    rooms, people = {one.subject_public_id for one in asked}, {one.user_id for one in asked}
    seats = Membership.objects.filter(room__public_id__in=rooms, user_id__in=people).select_related("room")
    return {(seat.room.public_id, seat.user_id): seat for seat in seats}


def _read_accounts(seats: Collection[Membership], now: datetime) -> tuple[Mapping[int, Sender], Beyond | None]:
    """The people with their proofs of age, and where a room asks for it, with their word of art. 9."""
    ids = {seat.user_id for seat in seats}
    if not ids:
        return {}, None
    (rows,) = fetch_all(connections[router.db_for_read(Membership)], [senders_query(ids)])
    asking = any(asks_for_consent(seat.room.age_gate) for seat in seats)
    return read_senders(rows), read_beyond([(pk, "") for pk in ids], now=now) if asking else None


def _list_rows(asked: Iterable[Asked], seats: Mapping[Place, Membership], now: datetime) -> Mapping[tuple[int, int], RoomEvent]:
    """The messages in question that still say something, by room and `seq`."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for one in asked:
        wanted[seats[one.subject_public_id, one.user_id].room_id].add(_seq(one))
    found: dict[tuple[int, int], RoomEvent] = {}
    for room_id, seqs in wanted.items():
        rows = RoomEvent.objects.filter(room_id=room_id, seq__in=seqs, kind=EventKind.MESSAGE, expires_at__gt=now).exclude(payload=b"")
        found |= {(room_id, row.seq): row for row in rows}
    return found


def _row_of(asked: Asked, found: _Found) -> RoomEvent | None:
    seat = found.seats.get((asked.subject_public_id, asked.user_id))
    return found.rows.get((seat.room_id, _seq(asked))) if seat is not None else None


def _list_texts(rows: Sequence[RoomEvent], now: datetime) -> Mapping[tuple[int, int], str]:
    """What messages say now, their last correction counting; nothing is read when nobody wants it."""
    texts: dict[tuple[int, int], str] = {}
    for room_id in {row.room_id for row in rows}:
        mine = {row.seq: row for row in rows if row.room_id == room_id}
        edits = RoomEvent.objects.filter(room_id=room_id, target_seq__in=mine, kind=EventKind.EDIT, expires_at__gt=now).order_by("seq")
        latest = {row.target_seq or 0: row for row in edits if row.payload}
        shown = [latest.get(seq, row) for seq, row in mine.items()]
        payloads: Mapping[int, Any] = open_payloads(shown)
        texts |= {(room_id, row.target_seq or row.seq): str((payloads[row.seq] or {}).get("body", ""))[:_PREVIEW] for row in shown}
    return texts


def _seq(asked: Asked) -> int:
    return int(asked.args.get("seq", 0))


# ---- Judging ------------------------------------------------------------------------------------------------------------------
def _stand(asked: Asked, found: _Found, now: datetime) -> Standing:
    seat = found.seats.get((asked.subject_public_id, asked.user_id))
    if seat is None or not _wants(seat, asked.kind) or not _may_hear(seat, found, now):
        return GONE
    row = None
    if asked.kind != NoticeKind.ROOM_MESSAGE:
        row = _row_of(asked, found)
        if row is None or _is_hidden(row, seat, found):
            return GONE
    return _describe(asked, seat, row, found, now)


def _wants(seat: Membership, kind: str) -> bool:
    if kind == NoticeKind.ROOM_MESSAGE:
        return seat.notify_level == NotifyLevel.ALL
    return seat.notify_level != NotifyLevel.NONE


def _may_hear(seat: Membership, found: _Found, now: datetime) -> bool:
    """Whether this person is in the room and passes its gate; where that asks for a proof of each visit, whether one could open it."""
    account = found.accounts.get(seat.user_id)
    if account is None or seat.state != MemberState.JOINED or seat.room.state == RoomState.CLOSED:
        return False
    gate = seat.room.age_gate
    if asks_for_visit(gate):
        return is_open_in(gate, account.facts.jurisdiction)
    return account.may_pass(gate, now=now, beyond=found.beyond)


def _is_hidden(row: RoomEvent, seat: Membership, found: _Found) -> bool:
    before = seat.room.history == History.FROM_JOIN and row.seq <= seat.joined_seq
    return before or seat.user_id in found.hidden.get(row.actor_id or 0, ())


def _describe(asked: Asked, seat: Membership, row: RoomEvent | None, found: _Found, now: datetime) -> Standing:
    room, discreet = seat.room, seat.room.is_discreet or seat.room.age_gate in VISITED
    author = found.people.get(row.actor_id or 0) if row is not None else None
    return Standing(
        read=seat.read_seq >= _seq(asked),
        hushed=seat.is_hushed(now),
        watched=live.is_watching(user=found.accounts[seat.user_id].public_id, topic=room_topic(room.public_id)),
        discreet=discreet,
        place="" if discreet else room.title,
        sender=author.name if author is not None and not discreet else "",
        preview=found.texts.get((room.pk, row.seq), "") if row is not None and not discreet else "",
    )
