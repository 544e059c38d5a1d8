"""Many unmodified `websockets` clients that talk in one room while the processes under them die, and the judge of what they heard."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from superapp.tests.live.server import PASSWORD, PUBLIC, Server, ServerShape, forwarded
from superapp.tests.live.visitor import Visitor

LOST = (OSError, TimeoutError, websockets.ConnectionClosed, websockets.InvalidHandshake, EOFError)
UNAVAILABLE_PAUSE = 0.5  # seconds until a client sends again what the server could not keep; people's clients wait longer
PATIENCE = 120  # seconds a client may go without anything new before the test gives up

_PEOPLE = """
from accounts.models import User
from accounts.services.people import ensure_password
for user in User.objects.filter(email__endswith="@people.demo.test").order_by("pk")[:{count}]:
    ensure_password(user=user, password={password!r})
    print(user.email)
"""


class Traffic:
    """Hands out the right to send, and lets a fault happen in the midst of it: at the chosen numbers, once the last one is over."""

    def __init__(self, faults: Sequence[int], fault: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._left = sorted(faults)
        self._fault = fault
        self._running: asyncio.Task[None] | None = None
        self.begun = 0
        self.done = 0

    async def permit(self) -> None:
        while self._left and self.begun >= self._left[0]:
            if self._running is None or self._running.done():
                await self.settle()
                self._left.pop(0)
                self._running = asyncio.create_task(self._fault())
                self.done += 1
            else:
                await asyncio.sleep(0.01)
        self.begun += 1

    async def settle(self) -> None:
        """Until the last fault is over; its error, if it had one."""
        if self._running is not None:
            task, self._running = self._running, None
            await task


@dataclass
class Client:
    """Follows the rules: applies only `seq == cursor + 1`, resumes by cursor, sends again with the same `cid` until it is acknowledged."""

    visitor: Visitor
    webs: list[Server]
    room: str
    cursor: int
    at: int  # which of the processes it speaks to
    outbox: list[str] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    acks: dict[str, int] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    drops: int = 0
    target: int | None = None
    backs: list[float] = field(default_factory=list)  # seconds from each loss to the next answer
    silence: float = 0.0  # the longest time between two pushes or answers while the connection stood
    unavailable: int = 0  # how often the server said that it could not keep a message
    byes: int = 0
    codes: list[int] = field(default_factory=list)  # with which the server ended connections; 0 when it said none
    _lost_at: float = 0.0
    _heard_at: float = 0.0
    _again_at: dict[str, float] = field(default_factory=dict)

    @property
    def longest(self) -> float:
        return max(self.backs, default=0.0)

    @property
    def finished(self) -> bool:
        return not self.outbox and not self.waiting and self.target is not None and self.cursor >= self.target

    async def live(self, traffic: Traffic, window: int = 4) -> None:
        """Until everything is acknowledged and everything up to `target` was heard."""
        self._heard_at = time.monotonic()
        while not self.finished:
            assert time.monotonic() - self._heard_at < PATIENCE, f"silent at {self.cursor} of {self.target}, {len(self.waiting)} unanswered"
            try:
                await self._connected(traffic, window)
            except LOST as loss:
                self.drops += 1
                self.codes.append(_code(loss))
                self._lost_at = self._lost_at or time.monotonic()
                self.at = (self.at + 1) % len(self.webs)  # the proxy sends it to the next one
                await asyncio.sleep(random.uniform(0.02, 0.2))

    async def _connected(self, traffic: Traffic, window: int) -> None:
        url = self.webs[self.at].origin.replace("http", "ws") + "/ws/"
        headers = {"Cookie": self.visitor.cookies, "X-Forwarded-Proto": "https"}
        options: dict[str, Any] = {"additional_headers": headers, "origin": PUBLIC, "subprotocols": ["resaka.v1"], "open_timeout": 10}
        async with connect(url, compression=None, **options) as socket:
            self._again_at.clear()
            await socket.send(json.dumps({"t": "sub", "id": 1, "rooms": {self.room: self.cursor}}))
            for cid in sorted(self.waiting):
                await self._send(socket, cid)
            sender = asyncio.create_task(self._speak(socket, traffic, window))
            try:
                while not self.finished:
                    await self._hear(socket)
                    if sender.done():
                        sender.result()  # a fault that failed ends the test
            finally:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)

    async def _speak(self, socket: ClientConnection, traffic: Traffic, window: int) -> None:
        while not self.finished:
            now = time.monotonic()
            for cid in [cid for cid, at in self._again_at.items() if at <= now]:
                del self._again_at[cid]
                await self._send(socket, cid)
            if not self.outbox or len(self.waiting) >= window:
                await asyncio.sleep(0.01)
                continue
            await traffic.permit()
            cid = self.outbox.pop()
            self.waiting.add(cid)
            await self._send(socket, cid)

    async def _send(self, socket: ClientConnection, cid: str) -> None:
        await socket.send(json.dumps({"t": "send", "id": cid, "room": self.room, "cid": cid, "body": f"message {spell(cid)}"}))

    async def _hear(self, socket: ClientConnection) -> None:
        try:
            frame = json.loads(await asyncio.wait_for(socket.recv(), 1))
        except TimeoutError:
            assert time.monotonic() - self._heard_at < PATIENCE, f"silent at {self.cursor} of {self.target}, {len(self.waiting)} unanswered"
            return
        now = time.monotonic()
        if frame["t"] == "err":
            self._refused(frame, now)
        elif frame["t"] == "bye":
            self.byes += 1
        elif frame["t"] in {"ev", "ack", "ok"}:
            if self._lost_at:
                self.backs.append(now - self._lost_at)
                self._lost_at = 0.0
            else:
                self.silence = max(self.silence, now - self._heard_at)
            self._heard_at = now
        if frame["t"] == "ack":
            self.acks.setdefault(frame["cid"], frame["seq"])
            assert self.acks[frame["cid"]] == frame["seq"], "the same message has two numbers"
            self.waiting.discard(frame["cid"])
        elif frame["t"] == "reset":
            await asyncio.to_thread(self._fetch, frame["from"])
        elif frame["t"] == "ev":
            for event in frame["evs"]:
                self._apply(event)

    def _refused(self, frame: dict[str, Any], now: float) -> None:
        """The house may be unable to keep a message for a while, no more than that; what it is asked then is asked again."""
        assert frame["code"] == "unavailable", frame
        assert frame["retry"] > 0
        self.unavailable += 1
        if frame["re"] in self.waiting:
            self._again_at[frame["re"]] = now + UNAVAILABLE_PAUSE
        elif frame["re"] == 1:  # the subscription itself: come again
            raise ConnectionError

    def _fetch(self, upto: int) -> None:
        """What a client does that is too far behind: the log over REST."""
        while self.cursor < upto:
            answer = self.visitor.get(f"/api/v1/rooms/{self.room}/events?after={self.cursor}&limit=200")
            for event in answer.data["events"]:
                self._apply(event)

    def _apply(self, event: dict[str, Any]) -> None:
        if event["seq"] <= self.cursor:
            return
        assert event["seq"] == self.cursor + 1, f"gap: {self.cursor} then {event['seq']}"
        self.cursor = event["seq"]
        self.events.append(event)


def _code(loss: BaseException) -> int:
    return loss.rcvd.code if isinstance(loss, websockets.ConnectionClosed) and loss.rcvd else 0


def new_cids(count: int, seed: random.Random) -> list[str]:
    return [str(uuid.UUID(int=seed.getrandbits(128), version=4)) for _ in range(count)]


def spell(cid: str) -> str:
    """A client id as one word without vowels: many figures are asked about as somebody's number, and four random letters make a slur."""
    return cid.replace("-", "").translate(str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst"))


def proxied(web: Server) -> Visitor:
    """A visitor whose requests come in through the proxy that the tests play."""
    assert forwarded(web.public)
    return Visitor(web.origin, web.public)


def log_in_people(house: ServerShape, count: int) -> list[Visitor]:
    """People of the demo, each logged in through one of the processes."""
    told = house.webs[0].manage("shell", "--no-imports", "-c", _PEOPLE.format(count=count, password=PASSWORD))
    emails = [line for line in told.splitlines() if line.endswith("@people.demo.test")]
    assert len(emails) == count, told
    visitors = []
    for number, email in enumerate(emails):
        visitor = proxied(house.webs[number % len(house.webs)])
        visitor.log_in(email, PASSWORD)
        visitors.append(visitor)
    return visitors


def enter(visitor: Visitor, slug: str) -> str:
    """Join a room; its public id."""
    answer = visitor.send("POST", f"/api/v1/rooms/{slug}/join", {})
    assert answer.status == 200, answer.text
    return str(answer.data["id"])
