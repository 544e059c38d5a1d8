"""A push ready to be written to many sockets: made once, written as it stands."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from realtime.protocol import encode

_TEXT = 0x81  # FIN and the opcode of a text frame (RFC 6455, 5.2)


class Frame:
    """The same text as ASGI's message and as the bytes of a WebSocket frame, each made when first asked for."""

    __slots__ = ("_message", "_payload", "_wire")

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._message: dict[str, Any] | None = None
        self._wire: bytes | None = None

    @classmethod
    def of(cls, frame: dict[str, Any]) -> Frame:
        """The frame of a push or an answer."""
        return cls(encode(frame))

    @property
    def text(self) -> str:
        """What is said."""
        return self._payload.decode()

    @property
    def message(self) -> dict[str, Any]:
        """ASGI's `websocket.send`."""
        if self._message is None:
            self._message = {"type": "websocket.send", "text": self.text}
        return self._message

    @property
    def wire(self) -> bytes:
        """The unmasked frame as a server sends it."""
        if self._wire is None:
            payload = self._payload
            size = len(payload)
            if size < 126:
                head = struct.pack("!BB", _TEXT, size)
            elif size < 65536:
                head = struct.pack("!BBH", _TEXT, 126, size)
            else:
                head = struct.pack("!BBQ", _TEXT, 127, size)
            self._wire = head + payload
        return self._wire


def events_frame(*, room: str, bodies: Sequence[bytes], last: int) -> Frame:
    """An `ev` push around event bodies that are JSON already."""
    return Frame(b'{"t":"ev","room":"%s","evs":[%s],"last":%d}' % (room.encode(), b",".join(bodies), last))
