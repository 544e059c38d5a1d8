"""A client that costs less than what it asks for, so that thousands fit into one process beside the house that they rush to."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from superapp.tests.faults.raw import CLOSE, PING, PONG, TEXT, frame, greeting
from superapp.tests.live.server import Server
from superapp.tests.live.swarm import PATIENCE


class Listener:
    """Follows the rules as `swarm.Client` does: applies only `seq == cursor + 1`, resumes by cursor; it never speaks."""

    def __init__(self, *, cookies: str, webs: Sequence[Server], room: str) -> None:
        self.acks: dict[str, int] = {}
        self.events: list[dict[str, Any]] = []
        self.cursor = 0
        self.drops = 0
        self.target: int | None = None
        self._cookies, self._webs, self._room, self._at = cookies, webs, room, 0
        self._heard_at = time.monotonic()

    async def live(self) -> None:
        """Until everything up to `target` was heard."""
        loop = asyncio.get_running_loop()
        while not self._finished:
            lost: asyncio.Future[None] = loop.create_future()
            try:
                link, _ = await loop.create_connection(partial(_Link, self, lost), "127.0.0.1", self._webs[self._at].port)
                await self._watch(link, lost)
            except OSError:
                pass
            if not self._finished:
                self.drops += 1
                self._at = (self._at + 1) % len(self._webs)  # the proxy sends it to the next one
                await asyncio.sleep(random.uniform(0.02, 0.2))

    async def _watch(self, link: asyncio.Transport, lost: asyncio.Future[None]) -> None:
        while not lost.done() and not self._finished:
            assert time.monotonic() - self._heard_at < PATIENCE, f"silent at {self.cursor} of {self.target}"
            await asyncio.wait([lost], timeout=0.5)
        link.close()

    @property
    def _finished(self) -> bool:
        return self.target is not None and self.cursor >= self.target

    def open_lines(self) -> bytes:
        """What is written as soon as the connection stands."""
        return greeting(self._cookies)

    def subscription(self) -> bytes:
        """What is asked once the socket is open."""
        return frame(TEXT, json.dumps({"t": "sub", "id": 1, "rooms": {self._room: self.cursor}}).encode())

    def hear(self, payload: bytes) -> None:
        """One push."""
        self._heard_at = time.monotonic()
        if not payload.startswith(b'{"t":"ev"'):
            return
        for event in json.loads(payload)["evs"]:
            if event["seq"] > self.cursor:
                assert event["seq"] == self.cursor + 1, f"gap: {self.cursor} then {event['seq']}"
                self.cursor = event["seq"]
                self.events.append(event)


class _Link(asyncio.Protocol):
    """One connection of a listener."""

    def __init__(self, listener: Listener, lost: asyncio.Future[None]) -> None:
        self._listener, self._lost = listener, lost
        self._rest = b""
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._listener.open_lines())

    def connection_lost(self, error: Exception | None) -> None:
        if not self._lost.done():
            self._lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if not self._open:
            answer, end, rest = self._rest.partition(b"\r\n\r\n")
            if not end:
                return
            assert answer.startswith(b"HTTP/1.1 101"), answer
            self._open, self._rest = True, rest
            self._transport.write(self._listener.subscription())
        while (taken := _take_frame(self._rest)) is not None:
            opcode, payload, self._rest = taken
            if opcode == TEXT:
                self._listener.hear(payload)
            elif opcode == PING:
                self._transport.write(frame(PONG, payload))
            elif opcode == CLOSE:
                self._transport.close()


def _take_frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Opcode, payload and what follows; None while the frame is not whole."""
    if len(data) < 2:
        return None
    size, start = data[1], 2
    if size >= 126:
        start = 4 if size == 126 else 10
        size = int.from_bytes(data[2:start], "big")
    if len(data) < start + size:
        return None
    return data[0] & 0x0F, data[start : start + size], data[start + size :]
