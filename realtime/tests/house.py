"""A small site around the real consumer: a log in memory, four commands, any user that the address names, on a real uvicorn."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import uvicorn
import websockets
from django.db import OperationalError
from websockets.asyncio.client import ClientConnection, connect

from realtime import lifecycle, services
from realtime.consumer import SocketConsumer
from realtime.grant import Grant
from realtime.protocol import SUBPROTOCOL
from realtime.registry import Command, CommandContext, CommandRefused, LogEntry, Stream

ROOM = "aaaaaaaaaaaaaaaaaaaa"
OTHER = "bbbbbbbbbbbbbbbbbbbb"
AMINA = "ccccccccccccccccccca"
BEN = "cccccccccccccccccccb"
CAROL = "cccccccccccccccccccc"
SCHEMAS = {path.stem: json.loads(path.read_text("utf-8")) for path in (Path(__file__).parents[1] / "schemas").glob("*.json")}


@dataclass
class Log:
    """The truth: what was committed. `quiet` commits without telling the bus, as a lost parcel would look."""

    entries: dict[str, list[LogEntry]] = field(default_factory=dict)
    reads: int = 0
    delay: float = 0.0

    def commit(self, *, room: str = ROOM, actor: str = AMINA, text: str = "") -> LogEntry:
        entries = self.entries.setdefault(room, [])
        seq = len(entries) + 1
        body = json.dumps({"seq": seq, "k": "message", "body": text or f"message {seq}"}, separators=(",", ":")).encode()
        entries.append(LogEntry(seq=seq, actor=actor, body=body))
        return entries[-1]

    def tell(self, entry: LogEntry, *, room: str = ROOM) -> None:
        services.publish_event(topic=f"room:{room}", entry=entry)

    def write(self, *, room: str = ROOM, actor: str = AMINA, text: str = "") -> LogEntry:
        entry = self.commit(room=room, actor=actor, text=text)
        self.tell(entry, room=room)
        return entry

    def read_after(self, topic_id: str, after: int, limit: int) -> list[LogEntry]:
        self.reads += 1
        time.sleep(self.delay)
        return self.entries.get(topic_id, [])[after : after + limit]

    def last_seqs(self, topic_ids: Sequence[str]) -> dict[str, int]:
        return {topic_id: len(self.entries.get(topic_id, ())) for topic_id in topic_ids}

    def last(self, room: str) -> int:
        return len(self.entries.get(room, ()))


@dataclass
class Rules:
    """What the commands of this site answer."""

    hidden: frozenset[str] = frozenset()
    visible: bool = True
    grant: Callable[[], Grant] | None = None
    pause: asyncio.Event | None = None  # holds `sub` between its look at the database and its answer
    looking: asyncio.Event = field(default_factory=asyncio.Event)


async def unsub(ctx: CommandContext, frame: dict[str, Any]) -> dict[str, Any]:
    for room in frame["rooms"]:
        await ctx.unsubscribe(topic=f"room:{room}")
    return {"t": "ok"}


async def typing(ctx: CommandContext, frame: dict[str, Any]) -> None:
    services.publish_ephemeral(topic=f"room:{frame['room']}", kind="typing", actor=ctx.user_public_id, data={"name": "Ben"})


async def _show(ctx: CommandContext, frame: dict[str, Any]) -> None:
    if "here" in frame:
        await ctx.show(topics=frozenset(f"room:{room}" for room in frame["here"]))


def commands_of(log: Log, rules: Rules) -> dict[str, Command]:
    async def sub(ctx: CommandContext, frame: dict[str, Any]) -> dict[str, Any]:
        hidden, lasts = rules.hidden, {room: log.last(room) for room in frame["rooms"]}
        if rules.pause is not None:
            rules.looking.set()
            await rules.pause.wait()
        await _show(ctx, frame)
        for room, cursor in frame["rooms"].items():
            last = lasts[room]
            far = last - cursor > 500
            await ctx.subscribe(
                topic=f"room:{room}",
                room=room,
                cursor=last if far else cursor,
                last=last,
                hidden=hidden,
                visible=rules.visible,
                reset="behind" if far else "",
                grant=rules.grant() if rules.grant else None,
            )
        return {"t": "ok", "rooms": {room: {"last": last, "read": 0, "unread": 0} for room, last in lasts.items()}, "refused": []}

    async def send(ctx: CommandContext, frame: dict[str, Any]) -> dict[str, Any]:
        if frame["body"] == "refuse":
            raise CommandRefused("slow_mode", retry=7.5)
        if frame["body"] == "break":
            raise ZeroDivisionError
        if frame["body"] == "outage":
            raise OperationalError(2006, "Server has gone away")
        entry = await ctx.run(lambda: log.write(room=frame["room"], actor=ctx.user_public_id, text=frame["body"]))
        return {"t": "ack", "room": frame["room"], "cid": frame["cid"], "seq": entry.seq}

    return {"sub": sub, "unsub": unsub, "send": send, "typing": typing}


def streams_of(log: Log) -> dict[str, Stream]:
    return {"room": Stream(read_after=log.read_after, last_seqs=log.last_seqs)}


@dataclass
class Person:
    """What the consumer wants of a user."""

    public_id: str
    pk: int = 1
    is_authenticated: bool = True


@dataclass
class Session:
    session_key: str


class Gate:
    """Stands in for the session middleware: the address says who comes (`/ws/?<public id>&<session key>`), nothing says guest."""

    def __init__(self) -> None:
        self._inner = SocketConsumer.as_asgi()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            who, _, key = scope["query_string"].decode().partition("&")
            user = Person(public_id=who, is_authenticated=bool(who))
            await self._inner({**scope, "user": user, "session": Session(key or "key")}, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    await receive()
    await lifecycle.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await lifecycle.stop()
    await send({"type": "lifespan.shutdown.complete"})


class Site:
    """uvicorn in this loop, with our protocol (`prepared`) or its own (`plain`)."""

    def __init__(self, protocol: str) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(Gate(), ws=protocol, lifespan="on", log_config=None, ws_per_message_deflate=False, ws_max_size=65536)
        self._server = uvicorn.Server(config)
        self._task: asyncio.Task[None] | None = None
        self.clients: list[Client] = []

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._listener.getsockname()[1]}/ws/"

    async def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        while not self._server.started:
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        for client in self.clients:
            client.connection.transport.abort()
        self._server.should_exit = True
        assert self._task is not None
        await self._task

    async def open(self, who: str = AMINA, *, key: str = "key", subprotocols: Sequence[str] = (SUBPROTOCOL,)) -> Client:
        connection = await connect(f"{self.url}?{who}&{key}", subprotocols=[websockets.Subprotocol(name) for name in subprotocols] or None)
        client = Client(connection)
        self.clients.append(client)
        return client

    async def enter(self, who: str = AMINA, *, cursor: int = 0, room: str = ROOM, key: str = "key") -> Client:
        """A socket that listens to a room."""
        client = await self.open(who, key=key)
        assert (await client.hear())["t"] == "hello"
        await client.say(t="sub", id=1, rooms={room: cursor})
        answer = await client.hear()
        assert (answer["t"], answer["re"]) == ("ok", 1)
        return client


class Client:
    """A client that checks every frame against its published schema. Presence is set apart, it comes when it comes."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.present: list[dict[str, Any]] = []

    async def say(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def hear(self, seconds: float = 5) -> dict[str, Any]:
        """The next frame that is not about presence."""
        while True:
            frame: dict[str, Any] = json.loads(await asyncio.wait_for(self.connection.recv(), seconds))
            jsonschema.validate(frame, SCHEMAS[f"push.{frame['t']}"])
            if frame["t"] != "eph" or "count" not in frame:
                return frame
            self.present.append({name: frame.pop(name) for name in ("count", "present")})
            if "typing" in frame:
                return frame

    async def hear_events(self, count: int) -> list[dict[str, Any]]:
        """The next events, however they are batched."""
        events: list[dict[str, Any]] = []
        while len(events) < count:
            frame = await self.hear()
            assert frame["t"] == "ev", frame
            events += frame["evs"]
        return events

    async def hear_nothing(self, seconds: float = 0.3) -> bool:
        try:
            frame = await self.hear(seconds)
        except TimeoutError:
            return True
        raise AssertionError(frame)

    async def hear_end(self) -> int:
        """Read to the end; the close code."""
        try:
            while True:
                await self.hear()
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
