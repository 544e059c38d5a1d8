"""A seam in uvicorn: the socket protocol that offers prepared frames to the application. It leans on internals of a pinned version."""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from realtime.outlets import PREPARED

_WAITING = 16  # frames of one socket that may wait for their turn before its reading is paused


class SocketProtocol(WebSocketsSansIOProtocol):
    """Adds the extension `websocket.send.prepared` to the scope, and pauses reading only when frames pile up: uvicorn does so for each,
    at the price of two system calls. Everything else is uvicorn's."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:  # the application's task was made and has not run yet
            self.scope["extensions"] = {**(self.scope["extensions"] or {}), PREPARED: self}  # type: ignore[dict-item]

    def send_receive_event_to_app(self) -> None:
        if self.queue.qsize() >= _WAITING:
            super().send_receive_event_to_app()
            return
        paused, self.read_paused = self.read_paused, True
        super().send_receive_event_to_app()
        self.read_paused = paused

    def forget_handshake(self) -> None:
        self.scope = {"type": "websocket", "extensions": {}}  # type: ignore[typeddict-item]
        self.request = self.response = None  # type: ignore[assignment]

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
