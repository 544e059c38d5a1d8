"""A socket that only listens, as cheap as Python allows: it counts events in the bytes and never parses JSON."""

from __future__ import annotations

import asyncio
import base64
import os

_MARK = b'"seq":'


class Ear(asyncio.Protocol):
    """`heard_all` is done when `wanted` events have come."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.heard = 0
        self.heard_all: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    async def open(self, port: int) -> None:
        """Shake hands, subscribe, and wait for the answer."""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)
        await asyncio.wait_for(self._ready, 30)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /ws/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: resaka.v1\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self._ready.done():
            self._rest += data
            if b"\r\n\r\n" in self._rest and b'"hello"' in self._rest:
                self._rest = b""
                self._say(b'{"t":"sub","id":1,"rooms":{"aaaaaaaaaaaaaaaaaaaa":0}}')
            elif b'"ok"' in self._rest:
                self._rest = b""
                self._ready.set_result(None)
            return
        text = self._rest + data
        self.heard += text.count(_MARK)
        self._rest = text[-len(_MARK) + 1 :]
        if self.heard >= self.wanted and not self.heard_all.done():
            self.heard_all.set_result(None)

    def _say(self, payload: bytes) -> None:
        assert self._transport is not None
        assert len(payload) < 126
        mask = os.urandom(4)
        self._transport.write(bytes([0x81, 0x80 | len(payload)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))
