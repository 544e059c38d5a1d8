"""Frames: what may cross the socket, in both directions. JSON text, one object a frame, `t` names it.

The types are the contract: commands are parsed by them, and the JSON Schemas and the AsyncAPI document are written from them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
from msgspec import Meta

SUBPROTOCOL = "resaka.v1"

PublicId = Annotated[str, Meta(pattern="^[a-z2-7]{20}$", description="outward id of a room or a person")]
Seq = Annotated[int, Meta(ge=0, le=2**53 - 1, description="number of an event in its log")]
FrameId = Annotated[str, Meta(max_length=64)] | Annotated[int, Meta(ge=0, le=2**53 - 1)]
Cid = Annotated[str, Meta(min_length=36, max_length=36, description="UUIDv7 made by the client, the message's identity for ever")]
Moment = Annotated[str, Meta(description="ISO 8601, UTC, milliseconds, Z")]


# ---- Commands: client to server ---------------------------------------------------------------------------------------------
class Sub(TypedDict):
    """Listen to rooms, each from a cursor: the last `seq` that the client has applied.

    `here` names all rooms that are on the screen now, and replaces what was said before: the person is present in those alone.
    A client that never says it is present in every room that it hears.
    """

    t: Literal["sub"]
    id: NotRequired[FrameId]
    rooms: Annotated[dict[PublicId, Seq], Meta(max_length=200)]
    here: NotRequired[Annotated[list[PublicId], Meta(max_length=200)]]


class Unsub(TypedDict):
    """Stop listening to rooms."""

    t: Literal["unsub"]
    id: NotRequired[FrameId]
    rooms: Annotated[list[PublicId], Meta(max_length=200)]


class Send(TypedDict):
    """Write a message; the same `cid` again has the first answer. `sure`: the answer to `nudge`."""

    t: Literal["send"]
    id: NotRequired[FrameId]
    room: PublicId
    cid: Cid
    body: NotRequired[str]
    reply: NotRequired[Seq | None]
    attachments: NotRequired[Annotated[list[PublicId], Meta(max_length=10)]]
    sure: NotRequired[bool]


class Edit(TypedDict):
    """Replace the text of one's own message."""

    t: Literal["edit"]
    id: NotRequired[FrameId]
    room: PublicId
    seq: Seq
    body: str
    sure: NotRequired[bool]


class Delete(TypedDict):
    """Take one's own message back."""

    t: Literal["del"]
    id: NotRequired[FrameId]
    room: PublicId
    seq: Seq


class React(TypedDict):
    """Put a reaction on a message, or take it back."""

    t: Literal["react"]
    id: NotRequired[FrameId]
    room: PublicId
    seq: Seq
    emoji: Annotated[str, Meta(max_length=16)]
    on: NotRequired[bool]


class Pin(TypedDict):
    """Pin a message, or take it down."""

    t: Literal["pin"]
    id: NotRequired[FrameId]
    room: PublicId
    seq: Seq
    on: NotRequired[bool]


class Read(TypedDict):
    """Move one's reading cursor; no answer."""

    t: Literal["read"]
    id: NotRequired[FrameId]
    room: PublicId
    seq: Seq


class Typing(TypedDict):
    """Say that one is writing; no answer."""

    t: Literal["typing"]
    id: NotRequired[FrameId]
    room: PublicId


class Ping(TypedDict):
    """Ask for a sign of life; `x` comes back."""

    t: Literal["ping"]
    id: NotRequired[FrameId]
    x: NotRequired[FrameId]


COMMANDS: dict[str, Any] = {
    "sub": Sub,
    "unsub": Unsub,
    "send": Send,
    "edit": Edit,
    "del": Delete,
    "react": React,
    "pin": Pin,
    "read": Read,
    "typing": Typing,
    "ping": Ping,
}


# ---- Answers and pushes: server to client -----------------------------------------------------------------------------------
class RoomState(TypedDict):
    """Where a room's log and one's own reading stand."""

    last: Seq
    read: Seq
    unread: Annotated[int, Meta(ge=0)]


class Ok(TypedDict):
    """Done; `rooms` after `sub`, with the rooms that were refused beside them."""

    t: Literal["ok"]
    re: NotRequired[FrameId]
    rooms: NotRequired[dict[PublicId, RoomState]]
    refused: NotRequired[list[PublicId]]


class Ack(TypedDict):
    """The deed stands in the log."""

    t: Literal["ack"]
    re: NotRequired[FrameId]
    room: PublicId
    seq: Seq
    cid: NotRequired[Cid]
    at: NotRequired[Moment]


class Pong(TypedDict):
    """A sign of life."""

    t: Literal["pong"]
    re: NotRequired[FrameId]
    x: NotRequired[FrameId]


class Hello(TypedDict):
    """First push of a socket: its name, seconds between the server's pings, largest frame in bytes, the server's clock."""

    t: Literal["hello"]
    sid: PublicId
    ping: int
    max: int
    now: Moment
    caps: list[str]


class Ev(TypedDict):
    """Events of a room's log in order of `seq`: at most 50, or 32 KB; `last` is the newest that the server knows."""

    t: Literal["ev"]
    room: PublicId
    evs: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=50)]
    last: Seq


# The cursor is of no use: fetch the snapshot over REST; events go on after `from` (a word of Python, hence the other notation).
Reset = TypedDict("Reset", {"t": Literal["reset"], "room": PublicId, "from": Seq, "why": Literal["behind"]})


class Eph(TypedDict):
    """Passing things: who is writing, who is here. Never stored, may be lost."""

    t: Literal["eph"]
    room: PublicId
    typing: NotRequired[list[dict[str, Any]]]
    present: NotRequired[list[PublicId]]
    count: NotRequired[Annotated[int, Meta(ge=0)]]


class Cur(TypedDict):
    """How far others have read."""

    t: Literal["cur"]
    room: PublicId
    read: dict[PublicId, Seq]


class Err(TypedDict):
    """A command was refused, or a room was lost (`room`); `retry` in seconds. `words`: why, in the person's language, where a rule gives
    its own reason. `nudge` is a question: the same again with `sure` is sent. `held` is no loss: the message waits for a person."""

    t: Literal["err"]
    code: str
    re: NotRequired[FrameId]
    room: NotRequired[PublicId]
    retry: NotRequired[float]
    words: NotRequired[str]


class Note(TypedDict):
    """Something for this person, on all their sockets: `n` notices are not looked at, of which `id` is new."""

    t: Literal["note"]
    n: Annotated[int, Meta(ge=0)]
    id: NotRequired[PublicId]


class Held(TypedDict):
    """Somebody has decided about a message of this person that waited to be read first, or nobody has in time. One that was let in
    comes as an event of its room too."""

    t: Literal["held"]
    room: PublicId
    cid: Cid
    state: Literal["RELEASED", "REFUSED", "RETURNED"]


# The server ends the socket in `in` seconds with `code`.
Bye = TypedDict("Bye", {"t": Literal["bye"], "code": int, "in": Annotated[float, Meta(ge=0)]})

PUSHES: dict[str, Any] = {
    "ok": Ok,
    "ack": Ack,
    "pong": Pong,
    "hello": Hello,
    "ev": Ev,
    "reset": Reset,
    "eph": Eph,
    "cur": Cur,
    "err": Err,
    "note": Note,
    "held": Held,
    "bye": Bye,
}


# ---- Parsing and writing ------------------------------------------------------------------------------------------------------
class BadFrame(ValueError):
    """Not an object of a known frame; `id` is the frame's own if it could be read."""

    def __init__(self, why: str, frame_id: str | int | None = None) -> None:
        super().__init__(why)
        self.id = frame_id


class _Head(msgspec.Struct):
    t: str
    id: FrameId | None = None


_head = msgspec.json.Decoder(_Head)
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in COMMANDS.items()}
_encoder = msgspec.json.Encoder()


def parse(text: str | bytes, *, limit: int) -> dict[str, Any]:
    """The command in a frame of at most `limit` bytes of UTF-8, with every field of the right kind; unknown fields are dropped.

    Raises:
        BadFrame: for anything else, whatever the bytes are.
    """
    try:
        if len(text) > limit or (isinstance(text, str) and len(text) * 4 > limit and len(text.encode()) > limit):
            raise BadFrame("too big")
        head = _head.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BadFrame("no frame") from error
    decoder = _decoders.get(head.t)
    if decoder is None:
        raise BadFrame("unknown frame", head.id)
    try:
        frame: dict[str, Any] = decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BadFrame(str(error), head.id) from error
    return frame


def read_id(text: str | None, *, limit: int) -> str | int | None:
    """The id of a frame that is refused for its pace, so that its sender need not wait for an answer; None when there is none."""
    try:
        return _head.decode(text).id if text is not None and len(text) <= limit else None
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def encode(frame: dict[str, Any]) -> bytes:
    """A push or an answer as it is sent."""
    return _encoder.encode(frame)
