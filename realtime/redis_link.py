"""One connection to Redis for the bus: it subscribes, publishes and asks over the same wire (RESP3), and comes back by itself.

A protocol of its own on the loop instead of a general client, because what every process says passes here and costs a tenth
of what a client's coroutine costs. Parsing and packing are hiredis's; where the primary is, redis-py asks the sentinels.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from ssl import create_default_context
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import hiredis
from redis.asyncio.sentinel import Sentinel
from redis.exceptions import RedisError

logger = logging.getLogger("resaka.bus")
CONNECT_SECONDS = 3.0
PING_SECONDS = 5.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
BUFFER_BYTES = 4 * 1024 * 1024
_NOTHING = object()


class Away(Exception):
    """Redis does not answer."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where Redis is and how to log in; `service` names the primary when `hosts` are sentinels."""

    hosts: tuple[tuple[str, int], ...]
    path: str = ""
    service: str = ""
    user: str = ""
    password: str = ""
    database: int = 0
    tls: bool = False

    @classmethod
    def of(cls, url: str) -> Address:
        """Read `redis://user:password@host:port/0`, `rediss://…`, `unix:///path?db=0`, `sentinel://host:port,host:port/service?db=0`."""
        parts = urlsplit(url)
        login, _, places = parts.netloc.rpartition("@")
        user, _, password = login.partition(":")
        hosts = tuple(_host(place, 26379 if parts.scheme == "sentinel" else 6379) for place in places.split(",") if place)
        number = parse_qs(parts.query).get("db", [""])[0]
        name = parts.path.strip("/")
        if parts.scheme in {"redis", "rediss"}:
            number = number or name
        return cls(
            hosts=hosts or (("127.0.0.1", 6379),),
            path=parts.path if parts.scheme == "unix" else "",
            service=name if parts.scheme == "sentinel" else "",
            user=unquote(user),
            password=unquote(password),
            database=int(number or 0),
            tls=parts.scheme == "rediss",
        )


def _host(place: str, port: int) -> tuple[str, int]:
    host, _, number = place.rpartition(":")
    return (host, int(number)) if host else (place, port)


class Link(asyncio.Protocol):
    """Keeps one connection open while `run` runs. All methods belong to the loop."""

    def __init__(self, url: str, channel: str, *, on_message: Callable[[bytes], None], on_up: Callable[[], None]) -> None:
        self.up = False
        self._address = Address.of(url)
        self._channel = channel
        self._on_message = on_message
        self._on_up = on_up
        self._subscribed = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._replies: deque[asyncio.Future[Any] | None] = deque()
        self._reader = hiredis.Reader(notEnoughData=_NOTHING)
        self._gone = asyncio.Event()

    # ---- What the bus asks ----------------------------------------------------------------------------------------------------
    def publish(self, payload: bytes) -> None:
        """Send to the channel; lost when Redis is away or does not keep up."""
        if not self.up or self._transport is None or self._transport.get_write_buffer_size() > BUFFER_BYTES:
            return
        self._write(_pack("PUBLISH", self._channel, payload))
        self._replies.append(None)

    async def ask(self, *command: Any) -> Any:
        """The reply to one command.

        Raises:
            Away.
        """
        if self._transport is None or self._transport.is_closing():
            raise Away
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._write(_pack(*command))
        self._replies.append(future)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await future
        except TimeoutError as error:
            raise Away from error

    # ---- The life of the connection -------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Connect, stay, come back; for ever."""
        pause = SHORTEST_PAUSE
        while True:
            try:
                await self._connect()
                pause = SHORTEST_PAUSE
                await self._stay()
            except (OSError, RedisError, hiredis.HiredisError, Away, TimeoutError) as error:
                logger.warning("the bus is away", extra={"fields": {"why": f"{type(error).__name__}: {error}"}})
            finally:
                self._close()
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  (spreads the return, guards nothing)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _connect(self) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._open()
        address = self._address
        login = ("AUTH", address.user or "default", address.password) if address.password else ()
        await self._checked("HELLO", "3", *login)
        if address.database:
            await self._checked("SELECT", str(address.database))
        self._write(_pack("SUBSCRIBE", self._channel))
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._subscribed.wait()
        self.up = True
        logger.info("the bus is here")
        self._on_up()

    async def _open(self) -> None:
        loop, address = asyncio.get_running_loop(), self._address
        self._gone, self._subscribed = asyncio.Event(), asyncio.Event()
        self._reader = hiredis.Reader(notEnoughData=_NOTHING)
        if address.path:
            await loop.create_unix_connection(lambda: self, address.path)
            return
        host, port = await _find_primary(address) if address.service else address.hosts[0]
        await loop.create_connection(lambda: self, host, port, ssl=create_default_context() if address.tls else None)

    async def _checked(self, *command: Any) -> None:
        reply = await self.ask(*command)
        if isinstance(reply, hiredis.ReplyError):
            raise Away(f"{command[0]}: {reply}")

    async def _stay(self) -> None:
        """Return when the connection is lost or no longer answers."""
        while not self._gone.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PING_SECONDS):
                    await self._gone.wait()
                    return
            await self.ask("PING")

    def _close(self) -> None:
        self.up = False
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        while self._replies:
            future = self._replies.popleft()
            if future is not None and not future.done():
                future.set_exception(Away())

    # ---- asyncio.Protocol -------------------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports are of no asyncio class

    def connection_lost(self, exc: Exception | None) -> None:
        self.up = False
        self._gone.set()
        while self._replies:
            future = self._replies.popleft()
            if future is not None and not future.done():
                future.set_exception(Away())

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not _NOTHING:
                if isinstance(reply, hiredis.PushNotification):
                    kind = reply[0]
                    if kind == b"message":
                        self._on_message(reply[2])
                    elif kind == b"subscribe":
                        self._subscribed.set()
                else:
                    self._reply(reply)
        except hiredis.ProtocolError:
            logger.exception("Redis speaks another language")
            if self._transport is not None:
                self._transport.abort()

    def _reply(self, reply: Any) -> None:
        if not self._replies:
            return
        future = self._replies.popleft()
        if future is not None and not future.done():
            future.set_result(reply)

    def _write(self, packed: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packed)


def _pack(*words: Any) -> bytes:
    packed: bytes = hiredis.pack_command(words)
    return packed


async def _find_primary(address: Address) -> tuple[str, int]:
    sentinel = Sentinel(address.hosts, socket_timeout=1.0)
    try:
        host, port = await sentinel.discover_master(address.service)
        return str(host), int(port)
    finally:
        for client in sentinel.sentinels:
            await client.aclose()
