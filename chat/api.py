"""The rooms over REST: the same services as the socket and the forms."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast

from django.http import HttpRequest
from django.utils import timezone
from ninja import Header, Query, Router
from ninja.files import UploadedFile
from ninja.responses import Status

from accounts.models import User
from accounts.queries import hidden_actor_ids, list_hidden_public_ids
from chat.access import Seat, get_held_to_judge, get_moderator_seat, get_own_held, get_room, get_seat
from chat.converters import LARGEST_SEQ
from chat.enums import Role, RoomState
from chat.models import Room
from chat.queries import deeds, held, pins, rooms, search, wire
from chat.queries import messages as read
from chat.queries.attachments import image_wire, media_url
from chat.queries.veils import Reader
from chat.schemas import (
    Code,
    DeedOut,
    Event,
    Events,
    GroupIn,
    HeldOut,
    ImageOut,
    MemberOut,
    MessageIn,
    MessageOut,
    MessagesOut,
    ReadIn,
    ReasonIn,
    Refusal,
    RoleIn,
    RoomOut,
    RoomsOut,
    SentOut,
    SettingsIn,
    TextIn,
    WhyIn,
)
from chat.services import attachments, holding, marks, memberships, messages, tools, undoing
from chat.services import rooms as room_services
from chat.views import banners
from core.clock import to_wire
from core.ids import parse_client_id

router = Router(tags=["rooms"])
ASeq = Annotated[int, Query(ge=0, le=LARGEST_SEQ)]
MaybeSeq = Annotated[int | None, Query(ge=0, le=LARGEST_SEQ)]
APage = Annotated[int, Query(ge=1, le=10_000)]
UpTo100 = Annotated[int, Query(ge=1, le=100)]
UpTo200 = Annotated[int, Query(ge=1, le=200)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key")]
_REFUSALS = {202: Refusal, 400: Refusal, 403: Refusal, 404: Refusal, 409: Refusal, 410: Refusal, 429: Refusal, 503: Refusal}


def _me(request: HttpRequest) -> User:
    return cast(User, request.user)


def _now() -> datetime:
    return timezone.now()


def _reader(request: HttpRequest) -> Reader:
    return Reader(request.user if isinstance(request.user, User) else None, request.session, _now())


def _seat(request: HttpRequest, room: str) -> Seat:
    return get_seat(user=_me(request), session=request.session, slug=room, now=_now())


@router.get("/rooms", response=RoomsOut, summary="Directory of open rooms", auth=None)
def list_rooms(request: HttpRequest, theme: str = "", language: str = "", q: str = "", page: APage = 1) -> dict[str, Any]:
    found = rooms.list_directory(reader=_reader(request), theme=theme, language=language, text=q, page=page)
    return {"rooms": [_room_out(line) for line in found.lines], "more": found.more}


@router.get("/rooms/mine", response=RoomsOut, summary="My rooms, with unread counts")
def list_mine(request: HttpRequest) -> dict[str, Any]:
    return {"rooms": [_room_out(line) for line in rooms.list_my_rooms(reader=_reader(request))], "more": False}


@router.post("/rooms", response={201: RoomOut, **_REFUSALS}, summary="Open a group")
def open_group(request: HttpRequest, data: GroupIn) -> Status[Any]:
    room = room_services.open_group(user=_me(request), now=_now(), **data.dict())
    return Status(201, _line_out(request, room))


@router.get("/rooms/{room}", response={200: RoomOut, **_REFUSALS}, summary="A room's public description", auth=None)
def show_room(request: HttpRequest, room: str) -> dict[str, Any]:
    found, membership = get_room(user=_me(request) if request.user.is_authenticated else None, slug=room)
    return _room_out(rooms.get_room_line(found, membership, reader=_reader(request)))


@router.patch("/rooms/{room}", response={200: RoomOut, **_REFUSALS}, summary="Change settings")
def change_room(request: HttpRequest, room: str, data: SettingsIn) -> dict[str, Any]:
    changes = tools.timed(data.dict(exclude_none=True), now=_now())
    if "languages" in changes:
        changes["languages"] = ",".join(changes["languages"])
    changed = room_services.change_room(
        user=_me(request), session=request.session, slug=room, changes=changes, now=_now(), reason=data.reason, sure=data.sure
    )
    if changed.state == RoomState.CLOSED:  # done, and from now on gone for everybody
        return _room_out(rooms.get_room_line(changed, None, reader=_reader(request)))
    return _line_out(request, changed)


@router.post("/rooms/{room}/join", response={200: RoomOut, **_REFUSALS}, summary="Enter")
def join(request: HttpRequest, room: str, data: Code | None = None) -> dict[str, Any]:
    asked = data or Code()
    agrees = _me(request).language if asked.art9 else ""
    membership = memberships.join_room(
        user=_me(request), session=request.session, slug=room, now=_now(), invite_code=asked.code, agrees=agrees
    )
    return _line_out(request, membership.room)


@router.post("/rooms/{room}/leave", response={204: None, **_REFUSALS}, summary="Leave")
def leave(request: HttpRequest, room: str) -> Status[Any]:
    memberships.leave_room(user=_me(request), slug=room, now=_now())
    return Status(204, None)


@router.get("/rooms/{room}/events", response={200: Events, **_REFUSALS}, summary="The log after a cursor")
def list_events(request: HttpRequest, room: str, after: ASeq = 0, limit: UpTo200 = 50) -> dict[str, Any]:
    seat = _seat(request, room)
    start = max(after, seat.membership.joined_seq) if seat.room.history == "FROM_JOIN" else after
    hidden = list_hidden_public_ids(user=_me(request))
    events = wire.read_log(room_public_id=seat.room.public_id, after=start, limit=limit, now=_now())
    return {"events": [event.seen_without(hidden) for event in events], "last": seat.room.last_seq}


@router.get("/rooms/{room}/messages", response={200: MessagesOut, **_REFUSALS}, summary="A page of talk, changes folded in")
def list_messages(request: HttpRequest, room: str, before: MaybeSeq = None, around: MaybeSeq = None, limit: UpTo100 = 30) -> dict[str, Any]:
    seat, now = _seat(request, room), _now()
    hidden = hidden_actor_ids(user=_me(request))
    page = read.read_page(room=seat.room, membership=seat.membership, hidden=hidden, now=now, before=before, around=around, limit=limit)
    state = {"last": seat.room.last_seq, "read": seat.membership.read_seq, "older": page.older, "newer": page.newer}
    return state | {"messages": [message_out(message) for message in page.messages]}


@router.get("/rooms/{room}/messages/{seq:seq}", response={200: MessageOut, **_REFUSALS}, summary="One message")
def show_message(request: HttpRequest, room: str, seq: int) -> Event:
    seat = _seat(request, room)
    hidden = hidden_actor_ids(user=_me(request))
    found = read.find_message(room=seat.room, membership=seat.membership, seq=seq, hidden=hidden, now=_now())
    if found is None:
        raise messages.MessageNotFound
    return message_out(found)


@router.post("/rooms/{room}/messages", response={200: SentOut, 201: SentOut, **_REFUSALS}, summary="Send a message")
def send(request: HttpRequest, room: str, data: MessageIn, idempotency_key: IdempotencyKey) -> Status[Any]:
    """`Idempotency-Key` is a UUID made by the client; the same key again returns the first answer with 200."""
    sent = messages.send_message(
        user=_me(request),
        session=request.session,
        room_public_id=room,
        client_id=parse_client_id(idempotency_key),
        body=data.body,
        now=_now(),
        reply_seq=data.reply,
        attachment_ids=data.attachments,
        sure=data.sure,
    )
    answer = {"room": sent.room_public_id, "cid": idempotency_key, "seq": sent.seq, "at": to_wire(sent.at)}
    return Status(200 if sent.replayed else 201, answer)


@router.patch("/rooms/{room}/messages/{seq:seq}", response={204: None, **_REFUSALS}, summary="Edit my message")
def edit(request: HttpRequest, room: str, seq: int, data: TextIn) -> Status[Any]:
    messages.edit_message(
        user=_me(request), session=request.session, room_public_id=room, seq=seq, body=data.body, now=_now(), sure=data.sure
    )
    return Status(204, None)


@router.delete("/rooms/{room}/messages/{seq:seq}", response={204: None, **_REFUSALS}, summary="Delete my message")
def delete(request: HttpRequest, room: str, seq: int) -> Status[Any]:
    messages.delete_message(user=_me(request), session=request.session, room_public_id=room, seq=seq, now=_now())
    return Status(204, None)


@router.put("/rooms/{room}/messages/{seq:seq}/reactions/{emoji}", response={204: None, **_REFUSALS}, summary="React")
def react(request: HttpRequest, room: str, seq: int, emoji: str) -> Status[Any]:
    marks.set_reaction(user=_me(request), session=request.session, room_public_id=room, seq=seq, emoji=emoji, on=True, now=_now())
    return Status(204, None)


@router.delete("/rooms/{room}/messages/{seq:seq}/reactions/{emoji}", response={204: None, **_REFUSALS}, summary="Take a reaction back")
def unreact(request: HttpRequest, room: str, seq: int, emoji: str) -> Status[Any]:
    marks.set_reaction(user=_me(request), session=request.session, room_public_id=room, seq=seq, emoji=emoji, on=False, now=_now())
    return Status(204, None)


@router.put("/rooms/{room}/messages/{seq:seq}/pin", response={204: None, **_REFUSALS}, summary="Pin")
def pin(request: HttpRequest, room: str, seq: int) -> Status[Any]:
    marks.set_pin(user=_me(request), session=request.session, room_public_id=room, seq=seq, on=True, now=_now())
    return Status(204, None)


@router.delete("/rooms/{room}/messages/{seq:seq}/pin", response={204: None, **_REFUSALS}, summary="Take a pin down")
def unpin(request: HttpRequest, room: str, seq: int) -> Status[Any]:
    marks.set_pin(user=_me(request), session=request.session, room_public_id=room, seq=seq, on=False, now=_now())
    return Status(204, None)


@router.get("/rooms/{room}/pins", response={200: list[MessageOut], **_REFUSALS}, summary="Pinned messages")
def list_pins(request: HttpRequest, room: str) -> list[Event]:
    seat, now = _seat(request, room), _now()
    seqs = pins.list_pinned_seqs(room=seat.room, now=now)
    hidden = hidden_actor_ids(user=_me(request))
    found = read.read_messages(room=seat.room, membership=seat.membership, seqs=seqs, hidden=hidden, now=now)
    return [message_out(message) for message in found if not message.deleted]


@router.post("/rooms/{room}/read", response={204: None, **_REFUSALS}, summary="Move my reading cursor")
def mark_read(request: HttpRequest, room: str, data: ReadIn) -> Status[Any]:
    memberships.mark_read(user=_me(request), session=request.session, room_public_id=room, seq=data.seq, now=_now())
    return Status(204, None)


@router.get("/rooms/{room}/search", response={200: list[MessageOut], **_REFUSALS}, summary="Search in a room")
def search_messages(request: HttpRequest, room: str, q: str) -> list[Event]:
    seat = _seat(request, room)
    hidden = hidden_actor_ids(user=_me(request))
    found = search.search_room(room=seat.room, membership=seat.membership, text=q, hidden=hidden, now=_now())
    return [message_out(message) for message in found]


@router.post("/rooms/{room}/images", response={201: ImageOut, **_REFUSALS}, summary="Upload an image for a message")
def upload(request: HttpRequest, room: str, attachment: UploadedFile) -> Status[Any]:
    image = attachments.store_image(
        user=_me(request), session=request.session, room_public_id=room, file=attachment, size=attachment.size or 0, now=_now()
    )
    return Status(201, image_out(image))


@router.get("/rooms/{room}/members", response={200: list[MemberOut], **_REFUSALS}, summary="People of a room")
def list_members(request: HttpRequest, room: str) -> list[dict[str, Any]]:
    seat = _seat(request, room)
    people = rooms.list_members(room=seat.room, hidden=hidden_actor_ids(user=_me(request)))
    return [{"person": wire.person_wire(m.person), "role": m.role.value, "present": m.present} for m in people]


@router.post("/rooms/{room}/members/{person}/kick", response={204: None, **_REFUSALS}, summary="Send a member out")
def kick(request: HttpRequest, room: str, person: str) -> Status[Any]:
    memberships.kick_member(user=_me(request), session=request.session, slug=room, member_public_id=person, now=_now())
    return Status(204, None)


@router.post("/rooms/{room}/members/{person}/ban", response={204: None, **_REFUSALS}, summary="Ban a member")
def ban(request: HttpRequest, room: str, person: str, data: ReasonIn) -> Status[Any]:
    memberships.ban_member(
        user=_me(request), session=request.session, slug=room, member_public_id=person, reason=data.reason, lasts=data.lasts(), now=_now()
    )
    return Status(204, None)


@router.post("/rooms/{room}/members/{person}/unban", response={204: None, **_REFUSALS}, summary="Lift a ban")
def unban(request: HttpRequest, room: str, person: str) -> Status[Any]:
    memberships.unban_member(user=_me(request), session=request.session, slug=room, member_public_id=person, now=_now())
    return Status(204, None)


@router.put("/rooms/{room}/members/{person}/role", response={204: None, **_REFUSALS}, summary="Give a role")
def set_role(request: HttpRequest, room: str, person: str, data: RoleIn) -> Status[Any]:
    memberships.set_role(user=_me(request), session=request.session, slug=room, member_public_id=person, role=Role(data.role), now=_now())
    return Status(204, None)


@router.get("/rooms/{room}/kept", response={200: list[HeldOut], **_REFUSALS}, summary="My messages that wait for a person")
def list_kept(request: HttpRequest, room: str) -> list[dict[str, Any]]:
    return [held_out(kept) for kept in held.list_own(membership=_seat(request, room).membership, now=_now())]


@router.delete("/rooms/{room}/kept/{held_id}", response={204: None, **_REFUSALS}, summary="Take back a message that waits")
def withdraw(request: HttpRequest, room: str, held_id: str) -> Status[Any]:
    holding.withdraw_held(held=get_own_held(user=_me(request), slug=room, held_id=held_id), now=_now())
    return Status(204, None)


@router.get("/rooms/{room}/held", response={200: list[HeldOut], **_REFUSALS}, summary="What waits for the moderation of a room")
def list_held(request: HttpRequest, room: str) -> list[dict[str, Any]]:
    seat = get_moderator_seat(user=_me(request), session=request.session, slug=room, now=_now())
    return [held_out(kept) for kept in held.list_waiting(room=seat.room, me=_me(request).pk, now=_now())]


@router.post("/rooms/{room}/held/{held_id}/release", response={204: None, **_REFUSALS}, summary="Let a kept message in")
def release(request: HttpRequest, room: str, held_id: str) -> Status[Any]:
    seat, kept = get_held_to_judge(user=_me(request), session=request.session, slug=room, held_id=held_id, now=_now())
    holding.release_held(held_id=kept.public_id, by=seat, now=_now())
    return Status(204, None)


@router.post("/rooms/{room}/held/{held_id}/refuse", response={204: None, **_REFUSALS}, summary="Refuse a kept message")
def refuse(request: HttpRequest, room: str, held_id: str, data: WhyIn) -> Status[Any]:
    seat, kept = get_held_to_judge(user=_me(request), session=request.session, slug=room, held_id=held_id, now=_now())
    holding.refuse_held(held_id=kept.public_id, reason=data.reason, by=seat, now=_now())
    return Status(204, None)


@router.get("/rooms/{room}/journal", response={200: list[DeedOut], **_REFUSALS}, summary="What the moderation of a room did")
def list_deeds(request: HttpRequest, room: str) -> list[dict[str, Any]]:
    return [_deed_out(deed) for deed in deeds.list_deeds(membership=_seat(request, room).membership)]


@router.post("/rooms/{room}/journal/{deed_id}/undo", response={204: None, **_REFUSALS}, summary="Undo a deed of the moderation")
def undo(request: HttpRequest, room: str, deed_id: str) -> Status[Any]:
    undoing.undo_deed(user=_me(request), session=request.session, slug=room, deed_id=deed_id, now=_now())
    return Status(204, None)


def message_out(message: read.Message) -> Event:
    """A folded message as REST shows it; the snapshot a client starts from."""
    return Event(
        seq=message.seq,
        k=message.kind.wire,
        n=message.n,
        by=wire.person_wire(message.author),
        at=to_wire(message.at),
        mine=message.mine,
        cid=message.cid if message.mine else "",
        body=message.body,
        edited=message.edited,
        deleted=message.deleted,
        pinned=message.pinned,
        reply={"seq": message.reply.seq, "name": message.reply.name, "text": message.reply.text} if message.reply else None,
        att=[image_wire(image) for image in message.images],
        mentions=[public_id for public_id, _name in message.mentions],
        reactions=[{"emoji": r.emoji, "count": r.count, "mine": r.mine} for r in message.reactions],
        written=to_wire(message.written) if message.written else None,
        act=dict(message.act) | {"who": wire.person_wire(message.who)} if message.act else None,
    )


def image_out(image: Any) -> dict[str, Any]:
    """A freshly stored image."""
    return {
        "id": image.public_id,
        "kind": "image",
        "w": image.width,
        "h": image.height,
        "size": image.size,
        "url": media_url(image.public_id, "full"),
        "thumb": media_url(image.public_id, "thumb"),
    }


def _end(end: datetime | None) -> str | None:
    """When a tool ends by itself; None when it is off or over."""
    return to_wire(end) if end is not None and end > _now() else None


def held_out(kept: held.Kept) -> dict[str, Any]:
    """A kept message for its author, or for who decides about it."""
    return {
        "id": kept.public_id,
        "by": wire.person_wire(kept.author),
        "body": kept.text,
        "att": [image_wire(image) for image in kept.images],
        "reply": kept.reply_seq,
        "target": kept.target_seq,
        "why": kept.why,
        "state": kept.state,
        "reason": kept.reason,
        "at": to_wire(kept.at),
        "until": to_wire(kept.expires_at),
        "cid": kept.cid,
    }


def _deed_out(deed: deeds.Deed) -> dict[str, Any]:
    people = {"by": wire.person_wire(deed.by), "who": wire.person_wire(deed.who)}
    line = {"id": deed.public_id, "act": deed.act, "role": deed.role or "", "reason": deed.reason, "at": to_wire(deed.at)}
    return line | people | {"undone": deed.undone, "fields": dict(deed.fields)}


def _line_out(request: HttpRequest, room: Room) -> dict[str, Any]:
    found, membership = get_room(user=_me(request), slug=room.slug)
    return _room_out(rooms.get_room_line(found, membership, reader=_reader(request)))


def _room_out(line: rooms.RoomLine) -> dict[str, Any]:
    room = line.room
    return {
        "id": room.public_id,
        "slug": line.slug,
        "kind": room.kind,
        "title": line.title,
        "description": line.description,
        "rules": line.rules,
        "theme": room.theme.slug if room.theme else None,
        "languages": room.language_list,
        "state": room.state,
        "slow_mode_s": room.slow_mode_s,
        "members_only_until": _end(room.members_only_until),
        "shield_until": _end(room.shield_until),
        "hold_first": room.hold_first,
        "hold_links": room.hold_links,
        "hold_media": room.hold_media,
        "notes": banners.list_notes(room, now=_now()),
        "visible_hours": room.visible_hours,
        "members": room.members,
        "present": line.present,
        "joined": line.joined,
        "role": line.membership.role if line.membership and line.joined else None,
        "unread": line.unread,
        "last": room.last_seq,
    }
