"""The rooms' commands over the socket: frame in, one service call, answer out."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import override

from accounts.models import User
from accounts.queries import NoSuchMember, get_user, has_agreed, list_people, open_session
from accounts.services.visits import NOTED_EVERY, keep_visit_of_socket
from chat.access import AccessRefused, Outlook, get_outlook, get_seat
from chat.events import room_topic
from chat.services import marks, memberships, messages
from chat.services.errors import AgreementRequired, ChatError
from core.clock import to_wire
from core.ids import BadClientId, parse_client_id
from core.pace import Pace
from realtime import services as live
from realtime.grant import Grant
from realtime.registry import CommandContext, CommandRefused

Frame = dict[str, Any]
MAX_BEHIND = 500
_awake = Pace(seconds=NOTED_EVERY.total_seconds())


def _refusal(error: Exception, words: str = "") -> CommandRefused:
    if isinstance(error, ChatError):
        return CommandRefused(error.code, retry=error.retry, words=words)
    if isinstance(error, AccessRefused):
        return CommandRefused(error.code)
    return CommandRefused("forbidden" if isinstance(error, NoSuchMember) else "bad_frame")


_REFUSALS = (ChatError, AccessRefused, NoSuchMember, BadClientId)


async def _explained(ctx: CommandContext, error: Exception) -> CommandRefused:
    """The refusal, with a rule's own reason in the language of the person: rare, so their account is read for it."""
    if not (isinstance(error, ChatError) and error.explains):
        return _refusal(error)

    def say() -> str:
        with override(_user(ctx).language):
            return str(error.words)

    return _refusal(error, await ctx.run(say))


def _user(ctx: CommandContext) -> User:
    return get_user(user_id=ctx.user_id)


def _writer(ctx: CommandContext) -> User:
    """The person of the socket, for everything that changes a room: what forms and REST refuse in the middleware is refused here.

    Raises:
        AgreementRequired.
    """
    user = _user(ctx)
    if not has_agreed(user=user, now=ctx.now()):
        raise AgreementRequired
    return user


def _session(ctx: CommandContext) -> SessionBase:
    """The session behind the socket; nothing of it is read unless a room's gate asks for a proof of the visit."""
    return open_session(ctx.session_key)


async def subscribe(ctx: CommandContext, frame: Frame) -> Frame:
    """Listen to rooms from a cursor each; rooms without a seat are refused one by one. `here` says which are on the screen."""
    wanted: dict[str, int] = frame["rooms"]
    here: list[str] | None = frame.get("here")

    outlook: Outlook = await _run(ctx, lambda: _look(ctx, list(wanted)))
    seats, visible = outlook.seats, outlook.visible
    if here is not None:
        await ctx.show(topics=frozenset(room_topic(public_id) for public_id in here) if visible else frozenset())
    for public_id, seat in seats.items():
        room, start = seat.room, max(wanted[public_id], _first_cursor(seat))
        too_far = room.last_seq - start > MAX_BEHIND or start > room.last_seq
        await ctx.subscribe(
            topic=room_topic(public_id),
            room=public_id,
            cursor=room.last_seq if too_far else start,
            last=room.last_seq,
            hidden=outlook.hidden,
            visible=visible,
            reset="behind" if too_far else "",
            grant=_grant_of(ctx, public_id, outlook),
        )
    rooms = {public_id: _state(seat) for public_id, seat in seats.items()}
    return {"t": "ok", "rooms": rooms, "refused": [public_id for public_id in wanted if public_id not in seats]}


def _look(ctx: CommandContext, public_ids: list[str]) -> Outlook:
    return get_outlook(user_id=ctx.user_id, session_key=ctx.session_key, public_ids=public_ids, now=ctx.now())


def _grant_of(ctx: CommandContext, public_id: str, outlook: Outlook) -> Grant | None:
    """For a room that asks for a proof of the visit: until when it may be heard, and the question whether longer."""
    if public_id not in outlook.until:
        return None

    def renew() -> datetime | None:
        try:
            return _look(ctx, [public_id]).until.get(public_id)
        except NoSuchMember:
            return None

    return Grant(until=outlook.until[public_id], renew=renew, code="age")


def _first_cursor(seat: Any) -> int:
    return seat.membership.joined_seq if seat.room.history == "FROM_JOIN" else 0


def _state(seat: Any) -> Frame:
    room, membership = seat.room, seat.membership
    return {"last": room.last_seq, "read": membership.read_seq, "unread": max(0, room.last_n - membership.read_n)}


async def unsubscribe(ctx: CommandContext, frame: Frame) -> Frame:
    """Stop listening."""
    for public_id in frame["rooms"]:
        await ctx.unsubscribe(topic=room_topic(public_id))
    return {"t": "ok"}


async def send(ctx: CommandContext, frame: Frame) -> Frame:
    """Send a message; the same `cid` again gets the first answer."""
    try:
        sent = await messages.send_message_soon(
            user_id=ctx.user_id,
            session_key=ctx.session_key,
            room_public_id=frame["room"],
            client_id=parse_client_id(frame["cid"]),
            body=frame.get("body", ""),
            now=ctx.now(),
            reply_seq=frame.get("reply"),
            attachment_ids=frame.get("attachments", ()),
            sure=frame.get("sure", False),
        )
    except _REFUSALS as error:
        raise await _explained(ctx, error) from error
    if sent.of_visit and not _awake.take(ctx.session_key, limit=1):
        await ctx.run(partial(keep_visit_of_socket, session_key=ctx.session_key, now=ctx.now()))
    return {"t": "ack", "cid": frame["cid"], "room": frame["room"], "seq": sent.seq, "at": to_wire(sent.at)}


async def edit(ctx: CommandContext, frame: Frame) -> Frame:
    """Replace the text of one's own message."""

    def call() -> int:
        return messages.edit_message(
            user=_writer(ctx),
            session=_session(ctx),
            room_public_id=frame["room"],
            seq=frame["seq"],
            body=frame["body"],
            now=ctx.now(),
            sure=frame.get("sure", False),
        ).seq

    return {"t": "ack", "room": frame["room"], "seq": await _run(ctx, call)}


async def delete(ctx: CommandContext, frame: Frame) -> Frame:
    """Take one's own message back."""

    def call() -> int:
        return messages.delete_message(
            user=_writer(ctx), session=_session(ctx), room_public_id=frame["room"], seq=frame["seq"], now=ctx.now()
        ).seq

    return {"t": "ack", "room": frame["room"], "seq": await _run(ctx, call)}


async def react(ctx: CommandContext, frame: Frame) -> Frame:
    """Put or take back a reaction."""

    def call() -> None:
        marks.set_reaction(
            user=_writer(ctx),
            session=_session(ctx),
            room_public_id=frame["room"],
            seq=frame["seq"],
            emoji=frame["emoji"],
            on=frame.get("on", True),
            now=ctx.now(),
        )

    await _run(ctx, call)
    return {"t": "ack", "room": frame["room"], "seq": frame["seq"]}


async def pin(ctx: CommandContext, frame: Frame) -> Frame:
    """Pin a message or take it down."""

    def call() -> None:
        marks.set_pin(
            user=_writer(ctx),
            session=_session(ctx),
            room_public_id=frame["room"],
            seq=frame["seq"],
            on=frame.get("on", True),
            now=ctx.now(),
        )

    await _run(ctx, call)
    return {"t": "ack", "room": frame["room"], "seq": frame["seq"]}


async def read(ctx: CommandContext, frame: Frame) -> None:
    """Move one's reading cursor."""

    def call() -> None:
        memberships.mark_read(user=_user(ctx), session=_session(ctx), room_public_id=frame["room"], seq=frame["seq"], now=ctx.now())

    await _run(ctx, call)


async def typing(ctx: CommandContext, frame: Frame) -> None:
    """Tell those present that one is writing; said by the room's own members only, and not by those who hide presence."""

    def call() -> str:
        user = _writer(ctx)
        get_seat(user=user, session=_session(ctx), public_id=frame["room"], now=ctx.now())
        return "" if user.hide_presence else list_people(user_ids=[user.pk])[user.pk].name

    if name := await _run(ctx, call):
        live.publish_ephemeral(topic=room_topic(frame["room"]), kind="typing", actor=ctx.user_public_id, data={"name": name})


async def _run(ctx: CommandContext, call: Any) -> Any:
    try:
        return await ctx.run(call)
    except _REFUSALS as error:
        raise await _explained(ctx, error) from error


COMMANDS = {
    "sub": subscribe,
    "unsub": unsubscribe,
    "send": send,
    "edit": edit,
    "del": delete,
    "react": react,
    "pin": pin,
    "read": read,
    "typing": typing,
}
