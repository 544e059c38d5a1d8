"""What a report must keep: a message as it was read, with what stood around it. For moderation alone, at the moment of a report.

It opens what pages no longer show: a message that its author took back within a day, and one that a decision hid. Of what stood around it
nothing is opened that was taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.core.files.storage import default_storage

from accounts.queries import PersonRef, list_people
from chat.enums import AttachmentState, EventKind, HeldState, MemberState
from chat.models import Attachment, DeletedBody, HeldMessage, HiddenBody, Membership, Room, RoomEvent
from chat.queries.held import open_kept
from chat.queries.payloads import open_payloads, payload_ad, scope_of
from core import sealing

AROUND = 10


@dataclass(frozen=True, slots=True)
class ImageFact:
    """An image of a message; sizes in pixels and bytes."""

    public_id: str
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class MessageFact:
    """One message: its words and later versions with their times, `seqs` the numbers of the events that brought each of them.

    `withdrawn`: DELETED by its author, HIDDEN by a decision, or empty.
    """

    seq: int
    author: PersonRef | None
    at: datetime
    versions: tuple[tuple[datetime, str], ...]
    reply_seq: int | None = None
    images: tuple[ImageFact, ...] = ()
    withdrawn: str = ""
    seqs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomFact:
    """A room as others read it. `owner_id` is inward: the first of those who answer for it, None for a room of the house."""

    public_id: str
    slug: str
    kind: str
    title: str
    description: str
    rules: str
    rules_version: int
    age_gate: str
    language: str
    state: str
    members: int
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class MessageEvidence:
    """A message with what stood around it; `seen_by` counts the members who have read as far."""

    room: RoomFact
    message: MessageFact
    author_id: int | None
    context: tuple[MessageFact, ...]
    seen_by: int


def find_room_fact(*, public_id: str) -> RoomFact | None:
    """A room by its outward id, in whatever state."""
    room = Room.objects.filter(public_id=public_id).first()
    return _room_fact(room) if room else None


def find_message_evidence(*, room_public_id: str, seq: int, after_seq: int = 0, now: datetime) -> MessageEvidence | None:
    """A message with at most ten before and ten after it, none of them before `after_seq`; None when nothing of it can be opened any
    more: it expired, its author took it back more than a day ago, or their key is gone."""
    room = Room.objects.filter(public_id=room_public_id).first()
    if room is None:
        return None
    target = _messages(room, now).filter(seq=seq).first()
    if target is None:
        return None
    fact = _open_target(room, target, now)
    if fact is None:
        return None
    return MessageEvidence(
        room=_room_fact(room),
        message=fact,
        author_id=target.actor_id,
        context=_context(room, seq, after_seq, now),
        seen_by=Membership.objects.filter(room=room, state=MemberState.JOINED, read_seq__gte=seq).count(),
    )


@dataclass(frozen=True, slots=True)
class HeldEvidence:
    """A message that waits to be read first. `images` name what is attached."""

    room: RoomFact
    author_id: int
    text: str
    images: tuple[str, ...]
    target_seq: int | None
    why: str
    waiting: bool
    at: datetime


def find_held_evidence(*, held_id: str, now: datetime) -> HeldEvidence | None:
    """A kept message; None when its text is in the log, or gone."""
    held = HeldMessage.objects.select_related("room").filter(public_id=held_id).first()
    payload = open_kept(held) if held else None
    if held is None or payload is None:
        return None
    return HeldEvidence(
        room=_room_fact(held.room),
        author_id=held.author_id,
        text=payload["body"],
        images=tuple(image["id"] for image in payload.get("att", ())),
        target_seq=held.target_seq,
        why=held.why,
        waiting=held.state_at(now) == HeldState.WAITING,
        at=held.at,
    )


def find_held_place(*, held_id: str) -> str:
    """The outward id of the room in which a message waits or waited; empty when there is none any more."""
    return HeldMessage.objects.filter(public_id=held_id).values_list("room__public_id", flat=True).first() or ""


def find_image_place(*, public_id: str, now: datetime) -> tuple[str, int] | None:
    """The room (outward id) and the message of an image that was sent and has not expired."""
    image = Attachment.objects.filter(public_id=public_id, seq__isnull=False, expires_at__gt=now).first()
    if image is None or image.seq is None:
        return None
    room = Room.objects.filter(pk=image.room_id).values_list("public_id", flat=True).first()
    return (room, image.seq) if room else None


def is_image_hidden(*, public_id: str) -> bool:
    """Whether a decision took this image away."""
    return Attachment.objects.filter(public_id=public_id, state=AttachmentState.HIDDEN).exists()


def read_image_bytes(*, public_id: str) -> bytes | None:
    """The file of an image as it was sent (WebP); None when it is gone, or sealed."""
    name = Attachment.objects.filter(public_id=public_id).values_list("file_name", flat=True).first()
    if not name:  # gone, or sealed
        return None
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None


def _messages(room: Room, now: datetime) -> Any:
    return RoomEvent.objects.filter(room_id=room.pk, kind=EventKind.MESSAGE, expires_at__gt=now)


def _open_target(room: Room, target: RoomEvent, now: datetime) -> MessageFact | None:
    edits = list(RoomEvent.objects.filter(room_id=room.pk, target_seq=target.seq, kind=EventKind.EDIT).order_by("seq"))
    rows = [target, *edits]
    payloads = open_payloads(rows)
    withdrawn = ""
    if not target.payload:
        withdrawn, apart = _bodies_apart(room, [row.seq for row in rows], now)
        payloads |= {row.seq: _open_apart(row, apart) for row in rows if not row.payload}
    people = list_people(user_ids=[target.actor_id] if target.actor_id is not None else [])
    return _fact(target, edits, payloads, people, withdrawn)


def _bodies_apart(room: Room, seqs: Sequence[int], now: datetime) -> tuple[str, dict[int, bytes]]:
    """Where the words lie that are no longer in the log."""
    for word, model in (("HIDDEN", HiddenBody), ("DELETED", DeletedBody)):
        found = model._default_manager.filter(room_id=room.pk, seq__in=seqs, expires_at__gt=now)
        if bodies := {seq: bytes(blob) for seq, blob in found.values_list("seq", "payload")}:
            return word, bodies
    return "", {}


def _open_apart(row: RoomEvent, apart: Mapping[int, bytes]) -> dict[str, Any] | None:
    if row.seq not in apart:
        return None
    try:
        clear = sealing.open_sealed(scope_of(row.actor_id), apart[row.seq], payload_ad(row.room_id, row.seq))
    except sealing.SealingError:
        return None
    loaded: dict[str, Any] = msgspec.json.decode(clear)
    return loaded


def _context(room: Room, seq: int, after_seq: int, now: datetime) -> tuple[MessageFact, ...]:
    rows = _messages(room, now).exclude(payload=b"").filter(seq__gt=after_seq)
    before = list(rows.filter(seq__lt=seq).order_by("-seq")[:AROUND])[::-1]
    near = [*before, *rows.filter(seq__gt=seq).order_by("seq")[:AROUND]]
    edits = RoomEvent.objects.filter(room_id=room.pk, target_seq__in=[row.seq for row in near], kind=EventKind.EDIT).exclude(payload=b"")
    by_target: dict[int, list[RoomEvent]] = defaultdict(list)
    for edit in edits.order_by("seq"):
        by_target[edit.target_seq or 0].append(edit)
    payloads = open_payloads([*near, *(edit for some in by_target.values() for edit in some)])
    people = list_people(user_ids={row.actor_id for row in near if row.actor_id is not None})
    facts = [_fact(row, by_target[row.seq], payloads, people, "") for row in near]
    return tuple(fact for fact in facts if fact is not None)


def _fact(
    row: RoomEvent,
    edits: Sequence[RoomEvent],
    payloads: Mapping[int, dict[str, Any] | None],
    people: Mapping[int, PersonRef],
    withdrawn: str,
) -> MessageFact | None:
    payload = payloads[row.seq]
    if payload is None:
        return None
    later = [(edit.at, changed["body"], edit.seq) for edit in edits if (changed := payloads[edit.seq]) is not None]
    return MessageFact(
        seq=row.seq,
        author=people.get(row.actor_id or 0),
        at=row.at,
        versions=((row.at, payload["body"]), *((at, text) for at, text, _seq in later)),
        reply_seq=payload.get("reply"),
        images=tuple(ImageFact(image["id"], image["w"], image["h"], image["size"]) for image in payload.get("att", ())),
        withdrawn=withdrawn,
        seqs=(row.seq, *(seq for _at, _text, seq in later)),
    )


def _room_fact(room: Room) -> RoomFact:
    owner = Membership.objects.filter(room=room, role="OWNER", state=MemberState.JOINED).order_by("pk").first()
    return RoomFact(
        public_id=room.public_id,
        slug=room.slug,
        kind=room.kind,
        title=room.title,
        description=room.description,
        rules=room.rules,
        rules_version=room.rules_version,
        age_gate=room.age_gate,
        language=(room.language_list or ["fr"])[0],
        state=room.state,
        members=room.members,
        owner_id=owner.user_id if owner else None,
    )
