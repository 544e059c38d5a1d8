"""What is in a room: a message, one of its images, and the room itself."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import User
from accounts.queries.evidence import find_connection_ref, find_profile_fact
from chat import access
from chat.enums import RoomState
from chat.queries import evidence
from chat.queries.checking import find_standing_image
from chat.services import restrictions
from core.clock import to_wire
from moderation.targets.base import Media, NothingToDo, Snapshot, TargetGone, TargetNotFound


class MessageTarget:
    """`<room>:<seq>`."""

    def check_seen(self, *, ref: str, user: User, session: SessionBase | None, now: datetime) -> int:
        room, seq = split_ref(ref)
        return _seat_before(user, session, room, seq, now)

    def snapshot(self, *, ref: str, after: int, now: datetime) -> Snapshot:
        room, seq = split_ref(ref)
        return _message_snapshot(room, seq, after, now)

    def take_away(self, *, ref: str, now: datetime) -> dict[str, Any]:
        room, seq = split_ref(ref)
        try:
            return {"images": restrictions.hide_message(room_public_id=room, seq=seq, now=now)}
        except restrictions.NothingToRestrict:
            return {"gone": True}

    def put_back(self, *, ref: str, effect: dict[str, Any], now: datetime) -> None:
        room, seq = split_ref(ref)
        restrictions.restore_message(room_public_id=room, seq=seq, images=effect.get("images", []), now=now)

    def room_of(self, *, ref: str, now: datetime) -> str:
        return split_ref(ref)[0]


class ImageTarget:
    """An image of a message, by its outward id."""

    def check_seen(self, *, ref: str, user: User, session: SessionBase | None, now: datetime) -> int:
        room, seq = _place_of(ref, now)
        return _seat_before(user, session, room, seq, now)

    def snapshot(self, *, ref: str, after: int, now: datetime) -> Snapshot:
        if evidence.is_image_hidden(public_id=ref):
            raise TargetGone(ref)
        found = evidence.find_image_place(public_id=ref, now=now)
        return _message_snapshot(*found, after, now, image=ref) if found else _unsent_snapshot(ref, now)

    def take_away(self, *, ref: str, now: datetime) -> dict[str, Any]:
        try:
            restrictions.hide_image(public_id=ref, now=now)
        except restrictions.NothingToRestrict:
            return {"gone": True}
        return {}

    def put_back(self, *, ref: str, effect: dict[str, Any], now: datetime) -> None:
        if not effect.get("gone"):
            restrictions.restore_image(public_id=ref, now=now)

    def room_of(self, *, ref: str, now: datetime) -> str:
        found = evidence.find_image_place(public_id=ref, now=now)
        return found[0] if found else ""


class RoomTarget:
    """A room by its outward id. It is closed by its own action; nothing of it is taken away along with a person."""

    def check_seen(self, *, ref: str, user: User, session: SessionBase | None, now: datetime) -> int:
        try:
            access.get_room(user=user, slug=ref)
        except access.RoomGone as error:
            raise TargetGone(ref) from error
        except access.AccessRefused as error:
            raise TargetNotFound(ref) from error
        return 0

    def snapshot(self, *, ref: str, after: int, now: datetime) -> Snapshot:
        room = evidence.find_room_fact(public_id=ref)
        if room is None:
            raise TargetNotFound(ref)
        if room.state == RoomState.CLOSED:
            raise TargetGone(ref)
        facts = {"room": room_facts(room), "owner": profile_facts(room.owner_id)}
        return Snapshot(facts=facts, subject_id=room.owner_id, language=room.language, reach=room.members)

    def take_away(self, *, ref: str, now: datetime) -> dict[str, Any]:
        raise NothingToDo(ref)

    def put_back(self, *, ref: str, effect: dict[str, Any], now: datetime) -> None:
        raise NothingToDo(ref)

    def room_of(self, *, ref: str, now: datetime) -> str:
        return ref


def split_ref(ref: str) -> tuple[str, int]:
    """The room and the number of a message.

    Raises:
        TargetNotFound: not the name of a message.
    """
    room, _colon, number = ref.partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) <= 18):
        raise TargetNotFound(ref)
    return room, int(number)


def profile_facts(user_id: int | None) -> dict[str, Any] | None:
    """How somebody showed themselves, as plain values; None when there is nobody."""
    fact = find_profile_fact(user_id=user_id) if user_id is not None else None
    return {**asdict(fact), "joined_at": to_wire(fact.joined_at)} if fact else None


def _place_of(ref: str, now: datetime) -> tuple[str, int]:
    found = evidence.find_image_place(public_id=ref, now=now)
    if found is None:
        raise TargetNotFound(ref)
    return found


def _seat_before(user: User, session: SessionBase | None, room: str, seq: int, now: datetime) -> int:
    """The number after which the reporter could read; nothing of what was said before they came is evidence of theirs."""
    try:
        seat = access.get_seat_of_message(user=user, session=session, room_public_id=room, seq=seq, now=now)
    except access.RoomGone as error:
        raise TargetGone(room) from error
    except access.AccessRefused as error:
        raise TargetNotFound(room) from error
    return seat.membership.joined_seq if seat.room.history == "FROM_JOIN" else 0


def _message_snapshot(room: str, seq: int, after: int, now: datetime, *, image: str = "") -> Snapshot:
    found = evidence.find_message_evidence(room_public_id=room, seq=seq, after_seq=after, now=now)
    if found is None or found.message.withdrawn == "HIDDEN":
        if evidence.find_room_fact(public_id=room) is None:
            raise TargetNotFound(room)
        raise TargetGone(f"{room}:{seq}")
    wanted = [one for one in found.message.images if image in ("", one.public_id)]
    media = [
        Media(one.public_id, "image/webp", content) for one in wanted if (content := evidence.read_image_bytes(public_id=one.public_id))
    ]
    author = found.author_id
    facts = {
        "room": room_facts(found.room),
        "message": _message_facts(found.message),
        "image": image,
        "context": [_message_facts(line) for line in found.context],
        "author": profile_facts(author),
        "connection_ref": find_connection_ref(user_id=author, at=found.message.at) if author is not None else "",
    }
    return Snapshot(
        facts=facts,
        subject_id=author,
        content_at=found.message.at,
        language=found.room.language,
        reach=found.seen_by,
        media=tuple(media),
    )


def _unsent_snapshot(ref: str, now: datetime) -> Snapshot:
    """An image that stands in no message yet: no member can have seen it, the check of images alone has."""
    image = find_standing_image(public_id=ref, now=now)
    room = evidence.find_room_fact(public_id=image.room_public_id) if image else None
    if image is None or room is None:
        raise TargetNotFound(ref)
    content, at = evidence.read_image_bytes(public_id=ref), image.created_at
    facts: dict[str, Any] = {
        "room": room_facts(room),
        "message": None,
        "image": ref,
        "stored_at": to_wire(at),
        "context": [],
        "author": profile_facts(image.owner_id),
        "connection_ref": find_connection_ref(user_id=image.owner_id, at=at),
    }
    media = (Media(ref, "image/webp", content),) if content else ()
    return Snapshot(facts=facts, subject_id=image.owner_id, content_at=at, language=room.language, media=media)


def _message_facts(line: evidence.MessageFact) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "author": {"id": line.author.public_id, "name": line.author.name} if line.author else None,
        "at": to_wire(line.at),
        "versions": [{"at": to_wire(at), "text": text, "seq": seq} for (at, text), seq in zip(line.versions, line.seqs, strict=True)],
        "reply": line.reply_seq,
        "images": [asdict(one) for one in line.images],
        "withdrawn": line.withdrawn,
    }


def room_facts(room: evidence.RoomFact) -> dict[str, Any]:
    """A room as plain values, without who answers for it."""
    return {name: value for name, value in asdict(room).items() if name != "owner_id"}
