"""A socket client that breaks every rule: it writes what bytes it likes and reads when it likes."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from superapp.tests.live.server import PUBLIC, Server

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes, *, first: int | None = None, masked: bool = True) -> bytes:
    """The bytes of one frame; `first` replaces the byte with FIN, reserved bits and opcode."""
    head = bytes([0x80 | opcode if first is None else first])
    bit, size = 0x80 if masked else 0, len(payload)
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += struct.pack("!BH", bit | 126, size)
    else:
        head += struct.pack("!BQ", bit | 127, size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def greeting(cookies: str) -> bytes:
    """The request that opens a socket."""
    lines = [
        "GET /ws/ HTTP/1.1",
        f"Host: {PUBLIC.partition('://')[2]}",
        "X-Forwarded-Proto: https",
        f"Origin: {PUBLIC}",
        f"Cookie: {cookies}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: resaka.v1",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


class RawSocket:
    """Connected, its handshake done; `receive_buffer` bytes hold little, so that what it does not read stays with the server."""

    def __init__(self, web: Server, cookies: str, *, receive_buffer: int = 0) -> None:
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(30)
        self._socket.connect(("127.0.0.1", web.port))
        self._socket.sendall(greeting(cookies))
        self._rest = b""
        while b"\r\n\r\n" not in self._rest:
            self._rest += self._read()
        answer, _end, self._rest = self._rest.partition(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101"), answer

    def _read(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server has left")
        return data

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._rest += self._read()
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def say(self, **command: Any) -> None:
        self.write(frame(TEXT, json.dumps(command).encode()))

    def read_frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame."""
        first, size = self._take(2)
        if size == 126:
            (size,) = struct.unpack("!H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._take(8))
        return first & 0x0F, self._take(size)

    def hear(self, kind: str = "") -> dict[str, Any]:
        """The next push or answer, of that kind if one is named.

        Raises:
            Closed, ConnectionError, TimeoutError.
        """
        while True:
            heard = self._hear_frame()
            if heard is not None and kind in ("", heard["t"]):
                return heard

    def _hear_frame(self) -> dict[str, Any] | None:
        """What the next frame says; None for one of the protocol below."""
        opcode, payload = self.read_frame()
        if opcode == CLOSE:
            raise Closed(struct.unpack("!H", payload[:2])[0] if payload else 0)
        if opcode == PING:  # whoever reads lives, and says so
            with suppress(OSError):
                self.write(frame(PONG, payload))
        heard: dict[str, Any] | None = json.loads(payload) if opcode == TEXT else None
        return heard

    def read_to_the_end(self, seconds: float = 90) -> int:
        """Read and drop everything; the code with which the server closed, 0 when it just left.

        Raises:
            TimeoutError: it goes on talking.
        """
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                self._hear_frame()
        except Closed as closed:
            return closed.code
        except ConnectionError:
            return 0
        raise TimeoutError

    def close(self) -> None:
        with suppress(OSError):  # whoever reads in another thread is woken by this alone
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Closed(Exception):
    """The server closed the socket, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code
