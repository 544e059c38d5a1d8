"""What somebody wrote and did in the rooms, as they take it with them. Of others there is the line that they replied to, and pseudonyms.

The log has no index by author: messages are found by the traces that are kept of them, other events room by room.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q

from accounts.queries import list_people
from accounts.queries.relations import hidden_ids_of
from chat.enums import EventKind
from chat.models import HiddenBody, Membership, MessageMeta, Room, RoomEvent
from chat.models.event import META_KEPT
from chat.queries.payloads import open_payloads, payload_ad, scope_of
from core import sealing

QUOTED = 120
_HIDDEN, _SHOWN = "HIDDEN", "SHOWN"


@dataclass(frozen=True, slots=True)
class Place:
    """A room as its member knows it."""

    public_id: str
    title: str


@dataclass(frozen=True, slots=True)
class OwnTrace:
    """That a message was written; `client_id` is the id that its writer's device gave it."""

    client_id: UUID
    room_id: int
    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """One message: what it says now, what it said before, and what it answers. `state`: SHOWN, or HIDDEN by a decision."""

    room: Place
    seq: int
    client_id: UUID
    at: datetime
    written_at: str
    text: str
    before: tuple[tuple[datetime, str], ...]
    state: str
    reply: tuple[int, str, str] | None
    mentions: tuple[str, ...]
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """One event of a room that is no message, with its opened payload; `who` is the pseudonym of whom it was done to."""

    room_id: int
    room: Place
    seq: int
    kind: EventKind
    target_seq: int | None
    at: datetime
    payload: Mapping[str, Any]
    who: str


def list_own_traces(*, user_id: int, after: UUID | None, limit: int, now: datetime) -> list[OwnTrace]:
    """The traces of somebody's messages in the order of their client ids; none that is past its year."""
    rows = MessageMeta.objects.filter(author_id=user_id, at__gt=now - META_KEPT)
    if after is not None:
        rows = rows.filter(client_id__gt=after)
    return [OwnTrace(*row) for row in rows.order_by("client_id").values_list("client_id", "room_id", "seq", "at")[:limit]]


def count_own_traces(*, user_id: int, now: datetime) -> int:
    """How many there are."""
    return MessageMeta.objects.filter(author_id=user_id, at__gt=now - META_KEPT).count()


def read_own_messages(traces: Sequence[OwnTrace], *, user_id: int, now: datetime) -> list[OwnMessage]:
    """Those of the traced messages whose words are still there, in the order of the traces. Seven queries a room at most."""
    by_room: dict[int, list[OwnTrace]] = defaultdict(list)
    for trace in traces:
        by_room[trace.room_id].append(trace)
    places, unseen = name_rooms(by_room), hidden_ids_of(user_id=user_id)
    found: dict[UUID, OwnMessage | None] = {}
    for room_id, some in by_room.items():
        shelf = _Shelf(room_id, [trace.seq for trace in some], user_id, unseen, now)
        found |= {trace.client_id: shelf.message(trace, places.get(room_id, Place("", ""))) for trace in some}
    return [message for trace in traces if (message := found[trace.client_id]) is not None]


def list_own_events(
    *, user_id: int, kinds: Collection[EventKind], after: tuple[int, int], limit: int, now: datetime
) -> tuple[list[OwnEvent], bool]:
    """Somebody's events of these kinds after (room, number), in that order, at most `limit`; whether there may be more."""
    rows: list[RoomEvent] = []
    for room_id in _rooms_of(user_id).filter(room_id__gte=after[0]).values_list("room_id", flat=True):
        seq = after[1] if room_id == after[0] else 0
        mine = _events(user_id, room_id, kinds, now).filter(seq__gt=seq)
        rows += mine.order_by("seq")[: limit - len(rows)]
        if len(rows) == limit:
            break
    return _own_events(rows), len(rows) == limit


def count_own_events(*, user_id: int, kinds: Collection[EventKind], now: datetime) -> int:
    """How many there are."""
    return sum(_events(user_id, room_id, kinds, now).count() for room_id in _rooms_of(user_id).values_list("room_id", flat=True))


def name_rooms(ids: Iterable[int]) -> dict[int, Place]:
    """Rooms by their inward ids; one query."""
    return {
        pk: Place(public_id, title) for pk, public_id, title in Room.objects.filter(pk__in=set(ids)).values_list("pk", "public_id", "title")
    }


def _rooms_of(user_id: int) -> Any:
    """All in which they ever had a place: the row stays after leaving."""
    return Membership.objects.filter(user_id=user_id).order_by("room_id")


def _events(user_id: int, room_id: int, kinds: Collection[EventKind], now: datetime) -> Any:
    return RoomEvent.objects.filter(room_id=room_id, kind__in=kinds, actor_id=user_id, expires_at__gt=now)


def _own_events(rows: Sequence[RoomEvent]) -> list[OwnEvent]:
    by_room: dict[int, list[RoomEvent]] = defaultdict(list)
    for row in rows:
        by_room[row.room_id].append(row)
    opened = {room_id: open_payloads(some) for room_id, some in by_room.items()}
    payloads = [opened[row.room_id][row.seq] or {} for row in rows]
    people = list_people(user_ids=[payload["who"] for payload in payloads if "who" in payload])
    places = name_rooms(by_room)
    return [
        OwnEvent(
            row.room_id,
            places[row.room_id],
            row.seq,
            EventKind(row.kind),
            row.target_seq,
            row.at,
            payload,
            _name(people, payload.get("who")),
        )
        for row, payload in zip(rows, payloads, strict=True)
    ]


def _name(people: Mapping[int, Any], user_id: int | None) -> str:
    person = people.get(user_id) if user_id is not None else None
    return person.name if person else ""


class _Shelf:
    """Some messages of one room with all that belongs to them, read at once."""

    def __init__(self, room_id: int, seqs: list[int], user_id: int, unseen: Collection[int], now: datetime) -> None:
        living = RoomEvent.objects.filter(room_id=room_id, expires_at__gt=now)
        self._rows = {row.seq: row for row in living.filter(seq__in=seqs, kind=EventKind.MESSAGE)}
        edits = list(living.filter(target_seq__in=seqs, kind=EventKind.EDIT).order_by("seq"))
        self._payloads = open_payloads([*self._rows.values(), *edits])
        self._hidden = _open_hidden(room_id, [*self._rows, *(edit.seq for edit in edits)], user_id, now)
        self._edits: dict[int, list[RoomEvent]] = defaultdict(list)
        for edit in edits:
            self._edits[edit.target_seq or 0].append(edit)
        self._quotes = _quotes(living, [payload["reply"] for seq in self._rows if "reply" in (payload := self._said(seq))], unseen)

    def message(self, trace: OwnTrace, room: Place) -> OwnMessage | None:
        row, first = self._rows.get(trace.seq), self._said(trace.seq)
        if row is None or not first:
            return None
        versions = [(row.at, first), *((edit.at, said) for edit in self._edits[row.seq] if (said := self._said(edit.seq)))]
        last, reply = versions[-1][1], first.get("reply")
        return OwnMessage(
            room=room,
            seq=row.seq,
            client_id=trace.client_id,
            at=row.at,
            written_at=first.get("written", ""),
            text=last["body"],
            before=tuple((at, said["body"]) for at, said in versions[:-1]),
            state=_HIDDEN if row.seq in self._hidden else _SHOWN,
            reply=(reply, *self._quotes.get(reply, ("", ""))) if reply is not None else None,
            mentions=tuple(name for _public_id, name in last.get("men", ())),
            images=tuple(image["id"] for image in first.get("att", ())),
        )

    def _said(self, seq: int) -> dict[str, Any]:
        return self._payloads.get(seq) or self._hidden.get(seq) or {}


def _open_hidden(room_id: int, seqs: list[int], user_id: int, now: datetime) -> dict[int, dict[str, Any]]:
    """What a decision took out of the log: it stays its author's own words, under their key."""
    found = {}
    for row in HiddenBody.objects.filter(room_id=room_id, seq__in=seqs, expires_at__gt=now):
        try:
            clear = sealing.open_sealed(scope_of(user_id), bytes(row.payload), payload_ad(room_id, row.seq))
        except sealing.SealingError:  # nothing of it can be read any more
            continue
        found[row.seq] = msgspec.json.decode(clear)
    return found


def _quotes(living: Any, seqs: list[int], unseen: Collection[int]) -> dict[int, tuple[str, str]]:
    """Pseudonym and first line of the messages replied to, as the room shows them: nothing of people that one does not see."""
    if not seqs:
        return {}
    wanted = Q(seq__in=seqs, kind=EventKind.MESSAGE) | Q(target_seq__in=seqs, kind=EventKind.EDIT)
    rows = list(living.filter(wanted).exclude(actor_id__in=unseen).order_by("seq"))
    payloads = open_payloads(rows)
    people = list_people(user_ids=[row.actor_id for row in rows if row.actor_id is not None])
    said = [
        (row.target_seq or row.seq, _name(people, row.actor_id), payload["body"][:QUOTED]) for row in rows if (payload := payloads[row.seq])
    ]
    return {seq: (name, text) for seq, name, text in said}
