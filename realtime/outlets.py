"""The way out of one socket: prepared frames where the server offers them, plain ASGI `send` everywhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Protocol, cast

from realtime.frames import Frame

PREPARED = "websocket.send.prepared"  # our ASGI extension; `server.SocketProtocol` implements it
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Gone(Exception):
    """The other side is no longer there."""


class Prepared(Protocol):
    """What the extension offers."""

    def is_writable(self) -> bool:
        """Whether a frame may be written now without growing a buffer beyond its mark."""

    def is_gone(self) -> bool:
        """Whether nothing can be written any more."""

    def write_frame(self, wire: bytes) -> None:
        """Write the bytes of a whole frame."""

    async def wait_writable(self) -> None:
        """Return when `is_writable` or `is_gone`."""

    def abort(self) -> None:
        """Drop the connection and what is still buffered."""

    def forget_handshake(self) -> None:
        """Keep nothing of how the socket was opened."""


class Outlet(Protocol):
    """`write` may be called only while `is_free`."""

    def is_free(self) -> bool:
        """Whether the last write has gone out."""

    def write(self, frame: Frame) -> None:
        """Write now; never waits."""

    def write_soon(self, frame: Frame) -> None:
        """Write with what comes next in this turn of the loop or the following one, and at its end at the latest; never waits."""

    async def drain(self) -> None:
        """Wait until free.

        Raises:
            Gone.
        """

    def abort(self) -> None:
        """Drop the connection without waiting for the other side, where the server can."""


class PreparedOutlet:
    """Writes the bytes of frames straight to the server's transport.

    Each write is a system call. Who sends a message hears it too, right after its acknowledgement, where both come in one
    turn of the loop: an answer waits so long, and both leave in one.
    """

    __slots__ = ("_extension", "_kept", "is_free")

    def __init__(self, extension: Prepared) -> None:
        self._extension = extension
        self._kept = b""
        self.is_free = extension.is_writable  # one call less on the hottest path

    def write(self, frame: Frame) -> None:
        if self._kept:
            kept, self._kept = self._kept, b""
            self._extension.write_frame(kept + frame.wire)
        else:
            self._extension.write_frame(frame.wire)

    def write_soon(self, frame: Frame) -> None:
        if not self._kept:
            asyncio.get_running_loop().call_soon(self._let_go)
        self._kept += frame.wire

    def _let_go(self) -> None:
        kept, self._kept = self._kept, b""
        if kept and not self._extension.is_gone():
            self._extension.write_frame(kept)

    async def drain(self) -> None:
        await self._extension.wait_writable()
        if self._extension.is_gone():
            raise Gone

    def abort(self) -> None:
        self._extension.abort()


class PlainOutlet:
    """Steps the server's `send` by hand: it mostly ends at once, so that a push costs no task; when it does not, `drain` ends it."""

    __slots__ = ("_gone", "_rest", "_send")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._rest: _Rest | None = None
        self._gone = False

    def is_free(self) -> bool:
        return self._rest is None and not self._gone

    def write(self, frame: Frame) -> None:
        step = cast("Coroutine[Any, None, None]", self._send(frame.message))
        try:
            waits_for = step.send(None)
        except StopIteration:
            return
        except Exception:  # servers say in their own words that the client has left
            self._gone = True
            return
        self._rest = _Rest(step, waits_for)

    def write_soon(self, frame: Frame) -> None:
        self.write(frame)

    async def drain(self) -> None:
        rest = self._rest
        if rest is not None:
            try:
                await rest
            except asyncio.CancelledError:
                self._gone = True
                raise
            except Exception:
                self._gone = True
            self._rest = None
        if self._gone:
            raise Gone

    def abort(self) -> None:
        self._gone = True


class _Rest:
    """What is left of a coroutine that was stepped once and waits for a future."""

    __slots__ = ("_step", "_waits_for")

    def __init__(self, step: Coroutine[Any, None, None], waits_for: Any) -> None:
        self._step = step
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, None, None]:
        waits_for = self._waits_for
        while True:
            try:
                yield waits_for
            except BaseException:
                self._step.close()
                raise
            try:
                waits_for = self._step.send(None)
            except StopIteration:
                return
