"""One socket as the hub sees it: what it listens to, what it must not see, and how it catches up when it is slow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from django.conf import settings

from core import metrics
from core.outages import log_failure
from realtime import codes
from realtime.frames import Frame, events_frame
from realtime.grant import Grant
from realtime.outlets import Gone, Outlet
from realtime.registry import LogEntry

if TYPE_CHECKING:
    from realtime.topic import Topic

logger = logging.getLogger("resaka.realtime")
MAX_BEHIND = 500
_TRY_LATER = 1013

ReadAfter = Callable[["Topic", int], Awaitable[list[LogEntry]]]


class Subscription:
    """A socket's place in a topic: everything up to `cursor` was written to it."""

    __slots__ = ("cursor", "grant", "socket", "topic", "visible")

    def __init__(self, *, socket: Socket, topic: Topic, cursor: int, visible: bool, grant: Grant | None = None) -> None:
        self.socket = socket
        self.topic = topic
        self.cursor = cursor
        self.visible = visible
        self.grant = grant

    def fall_behind(self) -> None:
        """Catch up through the pump instead of being written to."""
        self.socket.catch_up(self)


class Socket:
    """Writes at once while the way out is free. Otherwise one task, the pump, writes what waits, one batch at a time."""

    __slots__ = (
        "_behind",
        "_end",
        "_outlet",
        "_pump",
        "_read_after",
        "_waiting",
        "closed",
        "hidden",
        "orders",
        "session_key",
        "subs",
        "user",
    )

    def __init__(self, *, user: str, session_key: str, outlet: Outlet, read_after: ReadAfter, end: Callable[[int], None]) -> None:
        self.user = user
        self.session_key = session_key
        self.hidden: frozenset[str] = frozenset()
        self.subs: dict[str, Subscription] = {}
        self.orders = Orders()
        self.closed = 0
        self._outlet = outlet
        self._read_after = read_after
        self._end = end
        self._behind: dict[Subscription, None] = {}
        self._waiting: list[tuple[Frame, asyncio.Future[None]]] = []
        self._pump: asyncio.Task[None] | None = None

    def is_free(self) -> bool:
        """Whether a frame may be written now, in its order."""
        return self._pump is None and self._outlet.is_free()

    def write(self, frame: Frame) -> None:
        """Write now; only while free."""
        self._outlet.write(frame)

    def write_if_free(self, frame: Frame) -> None:
        """Write a push that may be lost."""
        if not self.closed and self.is_free():
            self._outlet.write(frame)

    async def reply(self, frame: Frame) -> None:
        """Write an answer, waiting for its turn when the way out is not free: the client's next command waits with it."""
        if self.closed:
            return
        if self.is_free():
            self._outlet.write_soon(frame)
            return
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((frame, written))
        self._start_pump()
        await written

    def catch_up(self, sub: Subscription) -> None:
        """Let the pump bring a subscription to the end of its topic."""
        if not self.closed:
            self._behind[sub] = None
            self._start_pump()

    def veil(self, actor: str, *, hidden: bool) -> None:
        """Hide somebody from this socket, or show them again."""
        self.orders.hidden[actor] = hidden
        self.hidden = self.orders.apply_hidden(self.hidden)

    def drop(self, sub: Subscription) -> None:
        """Forget a subscription that has ended."""
        self._behind.pop(sub, None)

    def _start_pump(self) -> None:
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting or self._behind:
                async with asyncio.timeout(settings.REALTIME["SLOW_SECONDS"]):
                    await self._outlet.drain()
                if self._waiting:
                    frame, written = self._waiting.pop(0)
                    self._outlet.write(frame)
                    if not written.done():
                        written.set_result(None)
                else:
                    await self._advance(next(iter(self._behind)))
        except TimeoutError:
            self.close(codes.SLOW)
        except Gone:
            pass  # the consumer is told by the server
        except Exception as error:
            log_failure(logger, "catching up failed", error)
            self.close(_TRY_LATER)
        finally:
            self._pump = None
            self._give_up_waiting()

    async def _advance(self, sub: Subscription) -> None:
        """Write the next batch of one subscription, or find that it has caught up."""
        topic = sub.topic
        if sub.cursor >= topic.last:
            self._behind.pop(sub, None)
            return
        if topic.last - sub.cursor > MAX_BEHIND:
            self._outlet.write(reset_frame(room=topic.room, at=topic.last))
            sub.cursor = topic.last
            return
        entries = topic.read_tail(sub.cursor)
        if entries is None:
            entries = await self._read_after(topic, sub.cursor)
            if sub not in self._behind or self._waiting or not self._outlet.is_free():
                return  # dropped meanwhile, or something else goes first: the batch is read again
        if not entries:
            raise LookupError(f"the log of {topic.name} ends before {topic.last}")
        bodies = [entry.seen_without(self.hidden) for entry in entries]
        self._outlet.write(events_frame(room=topic.room, bodies=bodies, last=max(topic.last, entries[-1].seq)))
        metrics.DELIVERIES.inc()
        sub.cursor = entries[-1].seq

    def _give_up_waiting(self) -> None:
        while self._waiting:
            written = self._waiting.pop(0)[1]
            if not written.done():
                written.set_result(None)

    def close(self, code: int) -> None:
        """End the socket: from here on nothing is written but the farewell."""
        if not self.closed:
            self.closed = code
            self._behind.clear()
            self._end(code)

    def abort(self) -> None:
        """Drop the connection at once."""
        self._outlet.abort()

    async def settle(self) -> None:
        """Wait for the pump of a socket that has left."""
        self.closed = self.closed or codes.REVOKED
        pump = self._pump
        if pump is not None:
            pump.cancel()
            await asyncio.wait([pump])


class Orders:
    """What was ordered about this socket while one of its commands was under way, so that an answer from the database that is older
    than the order does not undo it: rooms lost, people to hide or to show."""

    __slots__ = ("hidden", "lost")

    def __init__(self) -> None:
        self.lost: set[str] = set()
        self.hidden: dict[str, bool] = {}

    def clear(self) -> None:
        """A new command begins."""
        self.lost.clear()
        self.hidden.clear()

    def apply_hidden(self, hidden: frozenset[str]) -> frozenset[str]:
        """The set that the database gave, with what was ordered since."""
        more = {actor for actor, hide in self.hidden.items() if hide}
        less = {actor for actor, hide in self.hidden.items() if not hide}
        return (hidden | more) - less


def reset_frame(*, room: str, at: int) -> Frame:
    """The push after which the client fetches the room's snapshot."""
    return Frame.of({"t": "reset", "room": room, "from": at, "why": "behind"})
