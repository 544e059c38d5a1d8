"""The rooms over REST: the same services as the socket and the forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja.files import UploadedFile
from ninja.responses import Status

from accounts.queries import hidden_actor_ids, list_hidden_public_ids
from chat.access import get_room
from chat.api.base import REFUSALS, APage, ASeq, IdempotencyKey, MaybeSeq, UpTo100, UpTo200, me, reader_of, right_now, router, seat_of
from chat.enums import Role, RoomState
from chat.models import Room
from chat.queries import messages as read
from chat.queries import pins, rooms, search, wire
from chat.queries.attachments import image_wire, media_url
from chat.schemas import (
    Code,
    Event,
    Events,
    GroupIn,
    ImageOut,
    MemberOut,
    MessageIn,
    MessageOut,
    MessagesOut,
    ReadIn,
    ReasonIn,
    RoleIn,
    RoomOut,
    RoomsOut,
    SentOut,
    SettingsIn,
    TextIn,
)
from chat.services import attachments, marks, memberships, messages, tools
from chat.services import rooms as room_services
from chat.views import banners
from core.clock import to_wire
from core.ids import parse_client_id


@router.get("/rooms", response=RoomsOut, summary="Directory of open rooms", auth=None)
def list_rooms(request: HttpRequest, theme: str = "", language: str = "", q: str = "", page: APage = 1) -> dict[str, Any]:
    found = rooms.list_directory(reader=reader_of(request), theme=theme, language=language, text=q, page=page)
    return {"rooms": [_room_out(line) for line in found.lines], "more": found.more}


@router.get("/rooms/mine", response=RoomsOut, summary="My rooms, with unread counts")
def list_mine(request: HttpRequest) -> dict[str, Any]:
    return {"rooms": [_room_out(line) for line in rooms.list_my_rooms(reader=reader_of(request))], "more": False}


@router.post("/rooms", response={201: RoomOut, **REFUSALS}, summary="Open a group")
def open_group(request: HttpRequest, data: GroupIn) -> Status[Any]:
    room = room_services.open_group(user=me(request), now=right_now(), **data.dict())
    return Status(201, _line_out(request, room))


@router.get("/rooms/{room}", response={200: RoomOut, **REFUSALS}, summary="A room's public description", auth=None)
def show_room(request: HttpRequest, room: str) -> dict[str, Any]:
    found, membership = get_room(user=me(request) if request.user.is_authenticated else None, slug=room)
    return _room_out(rooms.get_room_line(found, membership, reader=reader_of(request)))


@router.patch("/rooms/{room}", response={200: RoomOut, **REFUSALS}, summary="Change settings")
def change_room(request: HttpRequest, room: str, data: SettingsIn) -> dict[str, Any]:
    changes = tools.timed(data.dict(exclude_none=True), now=right_now())
    if "languages" in changes:
        changes["languages"] = ",".join(changes["languages"])
    changed = room_services.change_room(
        user=me(request), session=request.session, slug=room, changes=changes, now=right_now(), reason=data.reason, sure=data.sure
    )
    if changed.state == RoomState.CLOSED:  # done, and from now on gone for everybody
        return _room_out(rooms.get_room_line(changed, None, reader=reader_of(request)))
    return _line_out(request, changed)


@router.post("/rooms/{room}/join", response={200: RoomOut, **REFUSALS}, summary="Enter")
def join(request: HttpRequest, room: str, data: Code | None = None) -> dict[str, Any]:
    asked = data or Code()
    agrees = me(request).language if asked.art9 else ""
    membership = memberships.join_room(
        user=me(request), session=request.session, slug=room, now=right_now(), invite_code=asked.code, agrees=agrees
    )
    return _line_out(request, membership.room)


@router.post("/rooms/{room}/leave", response={204: None, **REFUSALS}, summary="Leave")
def leave(request: HttpRequest, room: str) -> Status[Any]:
    memberships.leave_room(user=me(request), slug=room, now=right_now())
    return Status(204, None)


@router.get("/rooms/{room}/events", response={200: Events, **REFUSALS}, summary="The log after a cursor")
def list_events(request: HttpRequest, room: str, after: ASeq = 0, limit: UpTo200 = 50) -> dict[str, Any]:
    seat = seat_of(request, room)
    start = max(after, seat.membership.joined_seq) if seat.room.history == "FROM_JOIN" else after
    hidden = list_hidden_public_ids(user=me(request))
    events = wire.read_log(room_public_id=seat.room.public_id, after=start, limit=limit, now=right_now())
    return {"events": [event.seen_without(hidden) for event in events], "last": seat.room.last_seq}


@router.get("/rooms/{room}/messages", response={200: MessagesOut, **REFUSALS}, summary="A page of talk, changes folded in")
def list_messages(request: HttpRequest, room: str, before: MaybeSeq = None, around: MaybeSeq = None, limit: UpTo100 = 30) -> dict[str, Any]:
    seat, now = seat_of(request, room), right_now()
    hidden = hidden_actor_ids(user=me(request))
    page = read.read_page(room=seat.room, membership=seat.membership, hidden=hidden, now=now, before=before, around=around, limit=limit)
    state = {"last": seat.room.last_seq, "read": seat.membership.read_seq, "older": page.older, "newer": page.newer}
    return state | {"messages": [message_out(message) for message in page.messages]}


@router.get("/rooms/{room}/messages/{seq:seq}", response={200: MessageOut, **REFUSALS}, summary="One message")
def show_message(request: HttpRequest, room: str, seq: int) -> Event:
    seat = seat_of(request, room)
    hidden = hidden_actor_ids(user=me(request))
    found = read.find_message(room=seat.room, membership=seat.membership, seq=seq, hidden=hidden, now=right_now())
    if found is None:
        raise messages.MessageNotFound
    return message_out(found)


@router.post("/rooms/{room}/messages", response={200: SentOut, 201: SentOut, **REFUSALS}, summary="Send a message")
def send(request: HttpRequest, room: str, data: MessageIn, idempotency_key: IdempotencyKey) -> Status[Any]:
    """`Idempotency-Key` is a UUID made by the client; the same key again returns the first answer with 200."""
    sent = messages.send_message(
        user=me(request),
        session=request.session,
        room_public_id=room,
        client_id=parse_client_id(idempotency_key),
        body=data.body,
        now=right_now(),
        reply_seq=data.reply,
        attachment_ids=data.attachments,
        sure=data.sure,
    )
    answer = {"room": sent.room_public_id, "cid": idempotency_key, "seq": sent.seq, "at": to_wire(sent.at)}
    return Status(200 if sent.replayed else 201, answer)


@router.patch("/rooms/{room}/messages/{seq:seq}", response={204: None, **REFUSALS}, summary="Edit my message")
def edit(request: HttpRequest, room: str, seq: int, data: TextIn) -> Status[Any]:
    messages.edit_message(
        user=me(request), session=request.session, room_public_id=room, seq=seq, body=data.body, now=right_now(), sure=data.sure
    )
    return Status(204, None)


@router.delete("/rooms/{room}/messages/{seq:seq}", response={204: None, **REFUSALS}, summary="Delete my message")
def delete(request: HttpRequest, room: str, seq: int) -> Status[Any]:
    messages.delete_message(user=me(request), session=request.session, room_public_id=room, seq=seq, now=right_now())
    return Status(204, None)


@router.put("/rooms/{room}/messages/{seq:seq}/reactions/{emoji}", response={204: None, **REFUSALS}, summary="React")
def react(request: HttpRequest, room: str, seq: int, emoji: str) -> Status[Any]:
    marks.set_reaction(user=me(request), session=request.session, room_public_id=room, seq=seq, emoji=emoji, on=True, now=right_now())
    return Status(204, None)


@router.delete("/rooms/{room}/messages/{seq:seq}/reactions/{emoji}", response={204: None, **REFUSALS}, summary="Take a reaction back")
def unreact(request: HttpRequest, room: str, seq: int, emoji: str) -> Status[Any]:
    marks.set_reaction(user=me(request), session=request.session, room_public_id=room, seq=seq, emoji=emoji, on=False, now=right_now())
    return Status(204, None)


@router.put("/rooms/{room}/messages/{seq:seq}/pin", response={204: None, **REFUSALS}, summary="Pin")
def pin(request: HttpRequest, room: str, seq: int) -> Status[Any]:
    marks.set_pin(user=me(request), session=request.session, room_public_id=room, seq=seq, on=True, now=right_now())
    return Status(204, None)


@router.delete("/rooms/{room}/messages/{seq:seq}/pin", response={204: None, **REFUSALS}, summary="Take a pin down")
def unpin(request: HttpRequest, room: str, seq: int) -> Status[Any]:
    marks.set_pin(user=me(request), session=request.session, room_public_id=room, seq=seq, on=False, now=right_now())
    return Status(204, None)


@router.get("/rooms/{room}/pins", response={200: list[MessageOut], **REFUSALS}, summary="Pinned messages")
def list_pins(request: HttpRequest, room: str) -> list[Event]:
    seat, now = seat_of(request, room), right_now()
    seqs = pins.list_pinned_seqs(room=seat.room, now=now)
    hidden = hidden_actor_ids(user=me(request))
    found = read.read_messages(room=seat.room, membership=seat.membership, seqs=seqs, hidden=hidden, now=now)
    return [message_out(message) for message in found if not message.deleted]


@router.post("/rooms/{room}/read", response={204: None, **REFUSALS}, summary="Move my reading cursor")
def mark_read(request: HttpRequest, room: str, data: ReadIn) -> Status[Any]:
    memberships.mark_read(user=me(request), session=request.session, room_public_id=room, seq=data.seq, now=right_now())
    return Status(204, None)


@router.get("/rooms/{room}/search", response={200: list[MessageOut], **REFUSALS}, summary="Search in a room")
def search_messages(request: HttpRequest, room: str, q: str) -> list[Event]:
    seat = seat_of(request, room)
    hidden = hidden_actor_ids(user=me(request))
    found = search.search_room(room=seat.room, membership=seat.membership, text=q, hidden=hidden, now=right_now())
    return [message_out(message) for message in found]


@router.post("/rooms/{room}/images", response={201: ImageOut, **REFUSALS}, summary="Upload an image for a message")
def upload(request: HttpRequest, room: str, attachment: UploadedFile) -> Status[Any]:
    image = attachments.store_image(
        user=me(request), session=request.session, room_public_id=room, file=attachment, size=attachment.size or 0, now=right_now()
    )
    return Status(201, image_out(image))


@router.get("/rooms/{room}/members", response={200: list[MemberOut], **REFUSALS}, summary="People of a room")
def list_members(request: HttpRequest, room: str) -> list[dict[str, Any]]:
    seat = seat_of(request, room)
    people = rooms.list_members(room=seat.room, hidden=hidden_actor_ids(user=me(request)))
    return [{"person": wire.person_wire(m.person), "role": m.role.value, "present": m.present} for m in people]


@router.post("/rooms/{room}/members/{person}/kick", response={204: None, **REFUSALS}, summary="Send a member out")
def kick(request: HttpRequest, room: str, person: str) -> Status[Any]:
    memberships.kick_member(user=me(request), session=request.session, slug=room, member_public_id=person, now=right_now())
    return Status(204, None)


@router.post("/rooms/{room}/members/{person}/ban", response={204: None, **REFUSALS}, summary="Ban a member")
def ban(request: HttpRequest, room: str, person: str, data: ReasonIn) -> Status[Any]:
    memberships.ban_member(
        user=me(request),
        session=request.session,
        slug=room,
        member_public_id=person,
        reason=data.reason,
        lasts=data.lasts(),
        now=right_now(),
    )
    return Status(204, None)


@router.post("/rooms/{room}/members/{person}/unban", response={204: None, **REFUSALS}, summary="Lift a ban")
def unban(request: HttpRequest, room: str, person: str) -> Status[Any]:
    memberships.unban_member(user=me(request), session=request.session, slug=room, member_public_id=person, now=right_now())
    return Status(204, None)


@router.put("/rooms/{room}/members/{person}/role", response={204: None, **REFUSALS}, summary="Give a role")
def set_role(request: HttpRequest, room: str, person: str, data: RoleIn) -> Status[Any]:
    memberships.set_role(
        user=me(request), session=request.session, slug=room, member_public_id=person, role=Role(data.role), now=right_now()
    )
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
    return to_wire(end) if end is not None and end > right_now() else None


def _line_out(request: HttpRequest, room: Room) -> dict[str, Any]:
    found, membership = get_room(user=me(request), slug=room.slug)
    return _room_out(rooms.get_room_line(found, membership, reader=reader_of(request)))


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
        "notes": banners.list_notes(room, now=right_now()),
        "visible_hours": room.visible_hours,
        "members": room.members,
        "present": line.present,
        "joined": line.joined,
        "role": line.membership.role if line.membership and line.joined else None,
        "unread": line.unread,
        "last": room.last_seq,
    }
