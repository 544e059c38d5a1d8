"""A seam in uvicorn: the socket protocol that offers prepared frames to the application. It leans on internals of a pinned version."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from realtime.outlets import PREPARED

_WAITING = 16  # frames of one socket that may wait for their turn before its reading is paused


class Inbox:
    """What has come in for the application, which is its one reader: `asyncio.Queue`, as far as uvicorn uses it, without the three
    deques of an idle one (2 KB a socket)."""

    __slots__ = ("_messages", "_reader")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:
        self._messages.append(message)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Any:
        while not self._messages:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        self._reader = None
        return self._messages.pop(0)

    def empty(self) -> bool:
        return not self._messages

    def qsize(self) -> int:
        return len(self._messages)


class Gate:
    """`asyncio.Event`, as far as uvicorn uses it; while it is open it holds nothing."""

    __slots__ = ("_shut",)

    def __init__(self) -> None:
        self._shut: asyncio.Event | None = None

    def is_set(self) -> bool:
        return self._shut is None

    def set(self) -> None:
        shut, self._shut = self._shut, None
        if shut is not None:
            shut.set()

    def clear(self) -> None:
        self._shut = self._shut or asyncio.Event()

    async def wait(self) -> None:
        while self._shut is not None:
            await self._shut.wait()


class SocketProtocol(WebSocketsSansIOProtocol):
    """Adds the extension `websocket.send.prepared` to the scope, and pauses reading only when frames pile up: uvicorn does so for each,
    at the price of two system calls. An open socket keeps as little as it can. Everything else is uvicorn's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue = Inbox()  # type: ignore[assignment]  # as much of a queue as uvicorn uses
        self.writable = Gate()  # type: ignore[assignment]  # as much of an event as uvicorn uses

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        event.headers.clear()  # the parser holds the request for as long as the socket lives; the scope has a copy of its own
        if not self.close_sent:  # the application's task was made and has not run yet
            self.scope["extensions"] = {**(self.scope["extensions"] or {}), PREPARED: self}  # type: ignore[dict-item]  # uvicorn knows its own extensions

    def send_receive_event_to_app(self) -> None:
        if self.queue.qsize() >= _WAITING:
            super().send_receive_event_to_app()
            return
        paused, self.read_paused = self.read_paused, True
        super().send_receive_event_to_app()
        self.read_paused = paused

    def forget_handshake(self) -> None:
        self.scope = {"type": "websocket", "extensions": {}}  # type: ignore[typeddict-item]  # all that is read once it is open
        self.request = self.response = None  # type: ignore[assignment]  # nor are these read again

    def is_writable(self) -> bool:
        return self.writable.is_set() and not self.is_gone()

    def is_gone(self) -> bool:
        return self.disconnected or self.close_sent or self.transport.is_closing()

    def write_frame(self, wire: bytes) -> None:
        self.transport.write(wire)

    async def wait_writable(self) -> None:
        await self.writable.wait()

    def abort(self) -> None:
        self.transport.abort()
