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

from superapp.tests.live.server import PUBLIC, Server, forwarded
from superapp.tests.live.visitor import Visitor

LOST = (OSError, TimeoutError, websockets.ConnectionClosed, websockets.InvalidHandshake, EOFError)
PATIENCE = 120  # seconds a client may go without anything new before the test gives up


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
    longest: float = 0.0  # seconds from a loss to the next answer
    _lost_at: float = 0.0
    _heard_at: float = 0.0

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
            except LOST:
                self.drops += 1
                self._lost_at = self._lost_at or time.monotonic()
                self.at = (self.at + 1) % len(self.webs)  # the proxy sends it to the next one
                await asyncio.sleep(random.uniform(0.02, 0.2))

    async def _connected(self, traffic: Traffic, window: int) -> None:
        url = self.webs[self.at].origin.replace("http", "ws") + "/ws/"
        headers = {"Cookie": self.visitor.cookies, "X-Forwarded-Proto": "https"}
        options: dict[str, Any] = {"additional_headers": headers, "origin": PUBLIC, "subprotocols": ["resaka.v1"], "open_timeout": 10}
        async with connect(url, compression=None, **options) as socket:
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
        while self.outbox:
            if len(self.waiting) >= window:
                await asyncio.sleep(0.005)
                continue
            await traffic.permit()
            cid = self.outbox.pop()
            self.waiting.add(cid)
            await self._send(socket, cid)

    async def _send(self, socket: ClientConnection, cid: str) -> None:
        await socket.send(json.dumps({"t": "send", "id": cid, "room": self.room, "cid": cid, "body": f"message {cid}"}))

    async def _hear(self, socket: ClientConnection) -> None:
        try:
            frame = json.loads(await asyncio.wait_for(socket.recv(), 1))
        except TimeoutError:
            assert time.monotonic() - self._heard_at < PATIENCE, f"silent at {self.cursor} of {self.target}, {len(self.waiting)} unanswered"
            return
        assert frame["t"] != "err", frame
        if frame["t"] in {"ev", "ack", "ok"}:
            self._heard_at = time.monotonic()
            if self._lost_at:
                self.longest, self._lost_at = max(self.longest, self._heard_at - self._lost_at), 0.0
        if frame["t"] == "ack":
            self.acks.setdefault(frame["cid"], frame["seq"])
            assert self.acks[frame["cid"]] == frame["seq"], "the same message has two numbers"
            self.waiting.discard(frame["cid"])
        elif frame["t"] == "reset":
            await asyncio.to_thread(self._fetch, frame["from"])
        elif frame["t"] == "ev":
            for event in frame["evs"]:
                self._apply(event)

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


def new_cids(count: int, seed: random.Random) -> list[str]:
    return [str(uuid.UUID(int=seed.getrandbits(128), version=4)) for _ in range(count)]


def judge(clients: Sequence[Client], wanted: set[str], first: int) -> None:
    """0 lost, 0 doubled, the same order for all, and each acknowledgement tells the truth."""
    acks = {cid: seq for client in clients for cid, seq in client.acks.items()}
    assert set(acks) == wanted
    assert len(set(acks.values())) == len(wanted)
    for client in clients:
        numbers = [event["seq"] for event in client.events]
        assert numbers == list(range(first + 1, first + 1 + len(numbers)))
        heard = [(event["cid"], event["seq"]) for event in client.events if event.get("cid") in wanted]
        assert len(heard) == len(wanted), f"{len(wanted) - len(heard)} lost"
        assert dict(heard) == acks


def proxied(web: Server) -> Visitor:
    """A visitor whose requests come in through the proxy that the tests play."""
    assert forwarded(web.public)
    return Visitor(web.origin, web.public)
