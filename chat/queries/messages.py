"""A page of a room's talk: messages with what later happened to them folded in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.queries import PersonRef, list_people
from chat.enums import EventKind, History
from chat.models import Membership, Room, RoomEvent
from chat.queries.attachments import Image, image_of, with_images_as_shown
from chat.queries.payloads import open_payloads

PAGE = 30
_EVER_PINNED = 60
_SHOWN = (EventKind.MESSAGE, EventKind.MEMBER, EventKind.ROOM)
_FOLDED = (EventKind.EDIT, EventKind.DELETE, EventKind.REACT, EventKind.PIN)


@dataclass(frozen=True, slots=True)
class Reaction:
    emoji: str
    count: int
    mine: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that a reply answers; without name and text when it is gone or its author hidden."""

    seq: int
    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the log as a reader sees it now. `act` is set for the system lines (MEMBER, ROOM)."""

    seq: int
    n: int
    kind: EventKind
    author: PersonRef | None
    mine: bool
    at: datetime
    body: str = ""
    cid: str = ""
    edited: bool = False
    deleted: bool = False
    pinned: bool = False
    reply: Quote | None = None
    images: tuple[Image, ...] = ()
    mentions: tuple[tuple[str, str], ...] = ()
    reactions: tuple[Reaction, ...] = ()
    act: Mapping[str, Any] = field(default_factory=dict)
    who: PersonRef | None = None
    by_house: bool = False  # nobody did it: a decision of the team
    # When it was written, if it waited for somebody to read it first; `at` is when it was let in.
    written: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Messages oldest first; `older` says whether there are more before, `newer` after.

    `extras` are what else the reader asked for: the pinned messages, and one by its `seq`.
    """

    messages: tuple[Message, ...]
    older: bool
    newer: bool
    extras: tuple[Message, ...] = ()

    @property
    def pinned(self) -> list[Message]:
        """Pinned messages, oldest first."""
        return [message for message in self.extras if message.pinned and not message.deleted]

    def find_extra(self, seq: int | None) -> Message | None:
        """The one message that was asked for, if the reader may see it."""
        return next((message for message in self.extras if message.seq == seq and not message.deleted), None)


def visible_events(room: Room, membership: Membership, *, hidden: Set[int], now: datetime) -> QuerySet[RoomEvent]:
    """The rows of the log that this member may read now."""
    rows = RoomEvent.objects.filter(room_id=room.pk, expires_at__gt=now)
    if room.history == History.FROM_JOIN:
        rows = rows.filter(seq__gt=membership.joined_seq)
    return rows.exclude(actor_id__in=hidden) if hidden else rows


def read_page(
    *,
    room: Room,
    membership: Membership,
    hidden: Set[int],
    now: datetime,
    before: int | None = None,
    around: int | None = None,
    limit: int = PAGE,
    with_pins: bool = False,
    also: int | None = None,
) -> Page:
    """The newest `limit` entries, or those before a `seq`, or those around one; with pins and one message more if asked.

    At most five queries whatever is on the page, and one for each database key that this process does not hold yet.
    """
    shown = visible_events(room, membership, hidden=hidden, now=now).filter(kind__in=_SHOWN)
    if around is not None:
        later = list(shown.filter(seq__gte=around).order_by("seq")[: limit // 2 + 1])
        newer = len(later) > limit // 2
        later = later[: limit // 2]
        earlier = list(shown.filter(seq__lt=around).order_by("-seq")[: limit // 2 + 1])
        rows, older = [*earlier[: limit // 2][::-1], *later], len(earlier) > limit // 2
    else:
        newest = shown.filter(seq__lt=before) if before is not None else shown
        found = list(newest.order_by("-seq")[: limit + 1])
        rows, older, newer = found[:limit][::-1], len(found) > limit, before is not None
    extra = _extra_rows(room, membership, hidden, now, with_pins=with_pins, also=also)
    on_page = {row.seq for row in rows}
    everything = [*rows, *(row for row in extra if row.seq not in on_page)]
    folded = {message.seq: message for message in fold(room=room, rows=everything, membership=membership, hidden=hidden, now=now)}
    return Page(messages=tuple(folded[row.seq] for row in rows), older=older, newer=newer, extras=tuple(folded[row.seq] for row in extra))


def _extra_rows(
    room: Room, membership: Membership, hidden: Set[int], now: datetime, *, with_pins: bool, also: int | None
) -> list[RoomEvent]:
    """The messages that were ever pinned, the newest sixty of them, and the one of that `seq`."""
    wanted = Q(seq=also) if also is not None else Q()
    if with_pins:
        pins = RoomEvent.objects.filter(room_id=room.pk, kind=EventKind.PIN, expires_at__gt=now).values("target_seq")
        wanted |= Q(seq__in=pins)
    if not wanted:
        return []
    rows = visible_events(room, membership, hidden=hidden, now=now).filter(wanted, kind=EventKind.MESSAGE)
    return list(rows.order_by("-seq")[:_EVER_PINNED])[::-1]


def read_messages(*, room: Room, membership: Membership, seqs: Iterable[int], hidden: Set[int], now: datetime) -> list[Message]:
    """Chosen messages by `seq`, in order; those that are gone or hidden are left out."""
    rows = visible_events(room, membership, hidden=hidden, now=now).filter(kind=EventKind.MESSAGE, seq__in=list(seqs)).order_by("seq")
    return fold(room=room, rows=list(rows), membership=membership, hidden=hidden, now=now)


def find_message(*, room: Room, membership: Membership, seq: int, hidden: Set[int], now: datetime) -> Message | None:
    """One message, or None when there is none that this member may see."""
    found = read_messages(room=room, membership=membership, seqs=[seq], hidden=hidden, now=now)
    return found[0] if found else None


def fold(*, room: Room, rows: Sequence[RoomEvent], membership: Membership, hidden: Set[int], now: datetime) -> list[Message]:
    """Rows plus all that was later done to them: one query for changes, one for quoted rows, one for keys, one for people."""
    seqs = [row.seq for row in rows if row.kind == EventKind.MESSAGE]
    changes = _changes_of(room.pk, seqs, hidden, now)
    payloads = with_images_as_shown(open_payloads([*rows, *changes]))
    quoted = {payload["reply"] for row in rows if (payload := payloads[row.seq]) and "reply" in payload}
    quote_rows = _quoted_rows(visible_events(room, membership, hidden=hidden, now=now), quoted - set(seqs))
    payloads |= open_payloads(quote_rows)
    ids = {row.actor_id for row in [*rows, *quote_rows] if row.actor_id is not None}
    ids |= {payload["who"] for row in rows if (payload := payloads[row.seq]) and "who" in payload}
    people = list_people(user_ids=ids - hidden)
    by_target: dict[int, list[RoomEvent]] = defaultdict(list)
    for change in changes:
        by_target[change.target_seq or 0].append(change)
    quotes = _quotes([*rows, *quote_rows], [*changes, *quote_rows], payloads, people)
    messages = [_message(row, by_target[row.seq], payloads, people, quotes, membership.user_id) for row in rows]
    return _without_mentions_of(hidden, messages)


def _without_mentions_of(hidden: Set[int], messages: list[Message]) -> list[Message]:
    """Their names stay in the text, as everybody wrote them; the way to who they are goes. One query, when there is something to take."""
    if not hidden or not any(message.mentions for message in messages):
        return messages
    ids = {person.public_id for person in list_people(user_ids=hidden).values()}
    return [replace(one, mentions=tuple(who for who in one.mentions if who[0] not in ids)) for one in messages]


def _changes_of(room_id: int, seqs: Sequence[int], hidden: Set[int], now: datetime) -> list[RoomEvent]:
    if not seqs:
        return []
    rows = RoomEvent.objects.filter(room_id=room_id, target_seq__in=seqs, kind__in=_FOLDED, expires_at__gt=now)
    return list((rows.exclude(actor_id__in=hidden, kind=EventKind.REACT) if hidden else rows).order_by("seq"))


def _quoted_rows(visible: QuerySet[RoomEvent], seqs: Set[int]) -> list[RoomEvent]:
    """The quoted messages that are not on the page, with their edits, as far as the reader may see them."""
    if not seqs:
        return []
    wanted = Q(seq__in=seqs, kind=EventKind.MESSAGE) | Q(target_seq__in=seqs, kind=EventKind.EDIT)
    return list(visible.filter(wanted).order_by("seq"))


def _quotes(
    rows: Sequence[RoomEvent],
    changes: Sequence[RoomEvent],
    payloads: Mapping[int, dict[str, Any] | None],
    people: Mapping[int, PersonRef],
) -> dict[int, Quote]:
    texts: dict[int, Quote] = {}
    for row in rows:
        payload = payloads[row.seq]
        if row.kind == EventKind.MESSAGE and payload is not None:
            author = people.get(row.actor_id or 0)
            texts[row.seq] = Quote(seq=row.seq, name=author.name if author else "", text=payload["body"][:120])
    for change in changes:
        payload = payloads[change.seq]
        if change.kind == EventKind.EDIT and payload is not None and change.target_seq in texts:
            texts[change.target_seq] = replace(texts[change.target_seq], text=payload["body"][:120])
    return texts


def _message(
    row: RoomEvent,
    changes: Sequence[RoomEvent],
    payloads: Mapping[int, dict[str, Any] | None],
    people: Mapping[int, PersonRef],
    quotes: Mapping[int, Quote],
    reader_id: int,
) -> Message:
    payload = payloads[row.seq]
    base = Message(
        seq=row.seq,
        n=row.n,
        kind=EventKind(row.kind),
        author=people.get(row.actor_id) if row.actor_id is not None else None,
        mine=row.actor_id == reader_id,
        at=row.at,
        by_house=row.actor_id is None,
    )
    if row.kind != EventKind.MESSAGE:
        return replace(base, act=payload or {}, who=people.get((payload or {}).get("who", 0)))
    if payload is None or any(change.kind == EventKind.DELETE for change in changes):
        return replace(base, deleted=True)
    body, mentions, edited = payload["body"], payload.get("men", []), False
    for change in changes:
        new = payloads[change.seq]
        if change.kind == EventKind.EDIT and new is not None:
            body, mentions, edited = new["body"], new.get("men", []), True
    return replace(
        base,
        body=body,
        cid=payload["cid"],
        edited=edited,
        pinned=_last_pin(changes, payloads),
        reply=quotes.get(payload["reply"], Quote(seq=payload["reply"])) if "reply" in payload else None,
        images=tuple(image_of(image) for image in payload.get("att", [])),
        mentions=tuple((public_id, name) for public_id, name in mentions),
        reactions=_reactions(changes, payloads, reader_id),
        written=datetime.fromisoformat(payload["written"]) if "written" in payload else None,
    )


def _last_pin(changes: Sequence[RoomEvent], payloads: Mapping[int, dict[str, Any] | None]) -> bool:
    pins = [payloads[change.seq] for change in changes if change.kind == EventKind.PIN]
    return bool(pins and (pins[-1] or {}).get("on"))


def _reactions(changes: Sequence[RoomEvent], payloads: Mapping[int, dict[str, Any] | None], reader_id: int) -> tuple[Reaction, ...]:
    on: dict[str, set[int]] = {}
    for change in changes:
        payload = payloads[change.seq]
        if change.kind != EventKind.REACT or payload is None or change.actor_id is None:
            continue
        people = on.setdefault(payload["emoji"], set())
        (people.add if payload["on"] else people.discard)(change.actor_id)
    return tuple(Reaction(emoji, len(people), reader_id in people) for emoji, people in on.items() if people)
