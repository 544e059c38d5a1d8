"""What somebody wrote in the rooms and still exists, for an authority. The legal desk counts here; words are opened for a release alone,
after two persons have agreed (`moderation.services.releases`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Q, QuerySet

from chat.enums import EventKind
from chat.models import Attachment, DeletedBody, HiddenBody, MessageMeta, Room, RoomEvent
from chat.models.event import META_KEPT
from chat.queries.payloads import payload_ad, scope_of
from core import sealing
from core.purging import among
from core.setaside import list_set_aside

MOST = 100_000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Trace:
    """That a message was written: in which room, as which of its events, when."""

    room: str
    room_title: str
    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """Words that still exist. `kind`: MESSAGE or EDIT (of `seq`); `state`: empty, HIDDEN by a decision or DELETED by their author."""

    room: str
    room_title: str
    seq: int
    kind: str
    at: datetime
    body: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose, from when until when (the end excluded), as of which time. For a person who is `held`, in a room of `rooms` and for messages
    of `lines` (room, number), which are held, no time passes; of all else nothing is given from its last second on."""

    user_id: int
    since: datetime
    until: datetime
    now: datetime
    held: bool = False
    rooms: frozenset[int] = frozenset()
    lines: frozenset[tuple[int, int]] = frozenset()

    @property
    def is_anything_held(self) -> bool:
        """Whether there may be rows past their time."""
        return self.held or bool(self.rooms or self.lines)

    def is_held(self, room_id: int, seq: int) -> bool:
        """Whether a hold keeps what belongs to this message."""
        return self.held or room_id in self.rooms or (room_id, seq) in self.lines

    def kept(self, **due: Any) -> Q:
        """The rows that are there to be given: those for which `due` says that their time is not over, and those that a hold keeps."""
        if self.held:
            return Q()
        return Q(**due) | Q(room_id__in=list(self.rooms)) | among(self.lines, place="room_id", number="seq")


def find_authors(lines: Collection[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Who wrote these messages, given as (room, number), by the traces that are kept of them; those without a trace are left out."""
    rows = MessageMeta.objects.filter(among(lines, place="room_id", number="seq"))
    return {(room_id, seq): author_id for room_id, seq, author_id in rows.values_list("room_id", "seq", "author_id")}


def count_traces(asked: Asked) -> int:
    """How many messages somebody wrote of which a trace is kept, with words or without."""
    return _traces(asked).count()


def list_traces(asked: Asked) -> list[Trace]:
    """Those traces, the oldest first; at most 100,000."""
    rows = list(_traces(asked).order_by("at", "room_id", "seq").values_list("room_id", "seq", "at")[:MOST])
    rooms = _rooms({row[0] for row in rows})
    return [Trace(*rooms.get(room_id, (str(room_id), "")), seq, at) for room_id, seq, at in rows]


def count_written(asked: Asked) -> int:
    """How many rows with words of somebody still exist; nothing is opened."""
    return sum(1 for _row in _bodies(asked))


def open_written(asked: Asked) -> list[Written]:
    """Those words, the oldest first: with what its author took back less than a day ago or a decision hid, and what a legal hold kept
    beyond its time. What no longer opens is left out and was counted."""
    rows = list(_bodies(asked))
    rooms = _rooms({row.room_id for row, _blob, _state in rows})
    found = [_open(row, blob, state, rooms) for row, blob, state in rows]
    return sorted((one for one in found if one), key=lambda one: (one.at, one.room, one.seq))


def list_images(asked: Asked) -> list[tuple[str, str]]:
    """The images that somebody sent and that still exist: outward id and the name of the file in the storage."""
    rows = Attachment.objects.filter(owner_id=asked.user_id, seq__isnull=False, created_at__gte=asked.since, created_at__lt=asked.until)
    rows = rows.filter(asked.kept(expires_at__gt=asked.now))
    return list(rows.order_by("created_at", "pk").values_list("public_id", "file_name")[:MOST])


def _traces(asked: Asked) -> QuerySet[MessageMeta]:
    rows = MessageMeta.objects.filter(author_id=asked.user_id, at__gte=asked.since, at__lt=asked.until)
    return rows.filter(asked.kept(at__gt=asked.now - META_KEPT))


def _bodies(asked: Asked) -> Iterator[tuple[RoomEvent, bytes, str]]:
    """Rows of the log with their words, wherever these lie now. The traces lead there: the log itself has no index by author."""
    places: dict[int, list[int]] = defaultdict(list)
    for room_id, seq in _traces(asked).values_list("room_id", "seq")[:MOST]:
        places[room_id].append(seq)
    for room_id, seqs in places.items():
        for start in range(0, len(seqs), _BATCH):
            for found in _of_room(room_id, seqs[start : start + _BATCH]):
                if found[0].expires_at > asked.now or _is_held(asked, found[0]):
                    yield found
    for row in list_set_aside(RoomEvent, owner_id=asked.user_id) if asked.is_anything_held else ():
        in_time = asked.since <= row.at < asked.until and row.kind in (EventKind.MESSAGE, EventKind.EDIT)
        if in_time and row.payload and _is_held(asked, row):
            yield row, bytes(row.payload), ""


def _is_held(asked: Asked, row: RoomEvent) -> bool:
    return asked.is_held(row.room_id, row.target_seq or row.seq)


def _of_room(room_id: int, seqs: list[int]) -> Iterator[tuple[RoomEvent, bytes, str]]:
    events = RoomEvent.objects.filter(room_id=room_id)
    rows = [*events.filter(seq__in=seqs), *events.filter(target_seq__in=seqs, kind=EventKind.EDIT)]
    hidden = _blobs(HiddenBody.objects.filter(room_id=room_id, seq__in=[row.seq for row in rows]))
    deleted = _blobs(DeletedBody.objects.filter(room_id=room_id, seq__in=[row.seq for row in rows]))
    for row in rows:
        if row.payload:
            yield row, bytes(row.payload), ""
        elif row.seq in hidden:
            yield row, hidden[row.seq], "HIDDEN"
        elif row.seq in deleted:
            yield row, deleted[row.seq], "DELETED"


def _blobs(rows: Iterable[Any]) -> dict[int, bytes]:
    return {row.seq: bytes(row.payload) for row in rows}


def _open(row: RoomEvent, blob: bytes, state: str, rooms: dict[int, tuple[str, str]]) -> Written | None:
    try:
        clear = sealing.open_sealed(scope_of(row.actor_id), blob, payload_ad(row.room_id, row.seq))
    except sealing.SealingError:
        return None
    body = str(msgspec.json.decode(clear).get("body", ""))
    where = rooms.get(row.room_id, (str(row.room_id), ""))
    return Written(*where, row.target_seq or row.seq, EventKind(row.kind).name, row.at, body, state)


def _rooms(ids: set[int]) -> dict[int, tuple[str, str]]:
    return {pk: (public_id, title) for pk, public_id, title in Room.objects.filter(pk__in=ids).values_list("pk", "public_id", "title")}
