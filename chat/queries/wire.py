"""The log as it crosses the wire: the same event bodies for sockets, REST and repair of gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from accounts.queries import PersonRef, list_people
from chat.enums import EventKind
from chat.models import Room, RoomEvent
from chat.queries.attachments import image_of, image_wire, with_images_as_shown
from chat.queries.payloads import open_payloads
from core.clock import to_wire
from realtime.registry import LogEntry

Body = dict[str, Any]
# Events that took something out of the log before them.
_REWRITING = (EventKind.DELETE.wire, EventKind.HIDE.wire, EventKind.IMAGE.wire, EventKind.FORGET.wire)


@dataclass(frozen=True, slots=True)
class WireEvent:
    """One event ready to be sent: a hole for those from whom `actor`, or the person whom it is `about`, is hidden; to those from
    whom somebody is hidden whom it mentions, it does not."""

    seq: int
    actor: str
    body: Body
    about: str = ""

    def as_entry(self) -> LogEntry:
        """The event as the sockets take it."""
        named = tuple(self.body.get("mentions", ()))
        rewrites = self.body["k"] in _REWRITING
        return LogEntry(self.seq, self.actor, encode_body(self.body), self.about, named, rewrites)

    def seen_without(self, people: Set[str]) -> Body:
        """`LogEntry.seen_without`, as an object."""
        if self.actor in people or self.about in people:
            return hole(self.seq).body
        if people.isdisjoint(self.body.get("mentions", ())):
            return self.body
        return self.body | {"mentions": [one for one in self.body["mentions"] if one not in people]}


def encode_body(body: Body) -> bytes:
    """The JSON text of an event."""
    return msgspec.json.encode(body)


def person_wire(person: PersonRef | None) -> Body | None:
    """A person as others see them in a frame; None when the account is gone."""
    return {"id": person.public_id, "name": person.name, "av": person.av} if person else None


def hole(seq: int) -> WireEvent:
    """The place of an event that this reader shall not see, or that has expired."""
    return WireEvent(seq=seq, actor="", body={"seq": seq, "k": "hole"})


def event_body(row: RoomEvent, payload: Mapping[str, Any] | None, people: Mapping[int, PersonRef]) -> Body | None:
    """The wire form of one row; None when nothing of it may be shown any more."""
    kind = EventKind(row.kind)
    actor = people.get(row.actor_id) if row.actor_id is not None else None
    body: Body = {"seq": row.seq, "k": kind.wire, "at": to_wire(row.at)}
    if row.actor_id is not None:
        body["by"] = person_wire(actor)
    if row.target_seq is not None:
        body["target"] = row.target_seq
    if kind is EventKind.MESSAGE:
        return body | {"n": row.n} | (message_fields(payload) if payload is not None else {"deleted": True})
    if kind is EventKind.DELETE:
        return body
    if payload is None:
        return None
    return body | _fields_of(kind, payload, people)


def message_fields(payload: Mapping[str, Any]) -> Body:
    """What a message says, in wire form."""
    fields: Body = {"cid": payload["cid"], "body": payload["body"]}
    if "reply" in payload:
        fields["reply"] = {"seq": payload["reply"]}
    if "att" in payload:
        fields["att"] = [image_wire(image_of(image)) for image in payload["att"]]
    if "men" in payload:
        fields["mentions"] = [public_id for public_id, _name in payload["men"]]
    if "written" in payload:  # it waited for a person: it stands where it was let in, and says when it was written
        fields["written"] = payload["written"]
    return fields


def _fields_of(kind: EventKind, payload: Mapping[str, Any], people: Mapping[int, PersonRef]) -> Body:
    if kind is EventKind.EDIT:
        return {"body": payload["body"], "mentions": [public_id for public_id, _name in payload.get("men", [])]}
    if kind is EventKind.MEMBER:
        fields = {key: payload[key] for key in ("act", "role") if key in payload}
        return fields | {"who": person_wire(people.get(payload["who"]))}
    return dict(payload)


def render_events(rows: Sequence[RoomEvent]) -> list[WireEvent]:
    """Rows of the log in wire form, with at most one query for keys and one for people."""
    payloads = with_images_as_shown(open_payloads(rows))
    ids = {row.actor_id for row in rows if row.actor_id is not None}
    ids |= {payload["who"] for payload in payloads.values() if payload and "who" in payload}
    people = list_people(user_ids=ids)
    events: list[WireEvent] = []
    for row in rows:
        payload = payloads[row.seq]
        body = event_body(row, payload, people)
        actor, about = _name(people, row.actor_id), _name(people, (payload or {}).get("who"))
        events.append(WireEvent(row.seq, actor, body, about) if body is not None else hole(row.seq))
    return events


def _name(people: Mapping[int, PersonRef], user_id: int | None) -> str:
    person = people.get(user_id) if user_id is not None else None
    return person.public_id if person else ""


def read_log(*, room_public_id: str, after: int, limit: int, now: datetime) -> list[WireEvent]:
    """The events after a cursor, in order and without gaps: expired rows are holes. At most `limit`, empty when there is none."""
    room = Room.objects.filter(public_id=room_public_id).only("id", "last_seq").first()
    if room is None or after >= room.last_seq:
        return []
    last = min(room.last_seq, after + limit)
    rows = list(RoomEvent.objects.filter(room_id=room.pk, seq__gt=after, seq__lte=last, expires_at__gt=now).order_by("seq"))
    found = {event.seq: event for event in render_events(rows)}
    return [found.get(seq) or hole(seq) for seq in range(after + 1, last + 1)]


def last_seqs(*, room_public_ids: Sequence[str]) -> dict[str, int]:
    """The newest `seq` of each room, in one query."""
    return dict(Room.objects.filter(public_id__in=room_public_ids).values_list("public_id", "last_seq"))
