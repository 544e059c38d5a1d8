"""The bus of several processes: what is published here reaches the own sockets at once and the other processes through Redis.

Redis carries copies only. While it is away, or when it lost something, each process finds what it missed in the log: at the safety check,
and at once when Redis is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import threading
from collections.abc import Callable, Sequence

import msgspec
import redis

from realtime.bus import LocalBus, Parcel
from realtime.redis_link import Away, Link
from realtime.redis_outside import connect

logger = logging.getLogger("resaka.bus")
PREFIX = "resaka:"
NOTE_SECONDS = 20
_PROCESSES = f"{PREFIX}processes"

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Parcel).decode


class RedisBus(LocalBus):
    """Each payload begins with eight bytes of its process, by which a process knows its own parcels."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._link: Link | None = None
        self._run: asyncio.Task[None] | None = None
        self._outside: redis.Redis | None = None
        self._outside_lock = threading.Lock()
        self._set_name()

    def _set_name(self) -> None:
        self._pid = os.getpid()
        self._name = secrets.token_bytes(8)

    @property
    def state(self) -> str:  # type: ignore[override]
        return "ok" if self._link is not None and self._link.up else "down"

    def attach(self, receive: Callable[[Parcel], None], listening: Callable[[Sequence[str]], None]) -> None:
        super().attach(receive, listening)
        self._set_name()
        self._link = Link(self._url, on_message=self._hear, on_listening=self._heard)
        self._run = asyncio.get_running_loop().create_task(self._link.run())

    async def detach(self) -> None:
        await super().detach()
        if self._link is not None and self._link.up:
            with contextlib.suppress(Away):
                await self._link.ask("SREM", _PROCESSES, self._name.hex())
        if self._run is not None:
            self._run.cancel()
            await asyncio.wait([self._run])
        self._link = self._run = None

    def listen(self, channel: str) -> None:
        if self._link is not None:
            self._link.listen(PREFIX + channel)

    def unlisten(self, channel: str) -> None:
        if self._link is not None:
            self._link.unlisten(PREFIX + channel)

    def _heard(self, channels: list[str]) -> None:
        if self._listening is not None:
            self._listening([channel[len(PREFIX) :] for channel in channels])

    def _hear(self, channel: bytes, payload: bytes) -> None:
        if payload.startswith(self._name) or self._receive is None:
            return
        try:
            parcel = _unpack(memoryview(payload)[8:])
        except msgspec.DecodeError:  # another version of us, during an upgrade: the log repairs what it said
            logger.warning("a parcel could not be read")
            return
        self._receive(parcel)

    def publish_all(self, parcels: Sequence[Parcel]) -> None:
        if self._loop is None:
            self._publish_outside(parcels)
        else:
            super().publish_all(parcels)

    def _spread(self, parcels: Sequence[Parcel]) -> None:
        if self._link is not None:
            self._link.publish([(PREFIX + parcel.channel, self._name + _pack(parcel)) for parcel in parcels])

    def _publish_outside(self, parcels: Sequence[Parcel]) -> None:
        """From a process without sockets (a worker, a command): straight to Redis, or nowhere when it does not answer soon."""
        try:
            with self._outside_lock:
                if self._outside is None or self._pid != os.getpid():
                    self._set_name()
                    self._outside = connect(self._url)
                pipe = self._outside.pipeline(transaction=False)
            for parcel in parcels:
                pipe.publish(PREFIX + parcel.channel, self._name + _pack(parcel))
            pipe.execute()
        except (redis.RedisError, OSError) as error:
            logger.warning("the bus is away", extra={"fields": {"why": f"{type(error).__name__}: {error}"}})

    async def exchange(self, note: bytes) -> list[bytes]:
        link = self._link
        if link is None or not link.up:
            return []
        name = self._name.hex()
        try:
            await link.ask("SET", f"{PREFIX}note:{name}", note, "EX", str(NOTE_SECONDS))
            await link.ask("SADD", _PROCESSES, name)
            known = [one.decode() for one in await link.ask("SMEMBERS", _PROCESSES)]
            others = [one for one in known if one != name]
            notes = await link.ask("MGET", *(f"{PREFIX}note:{one}" for one in others)) if others else []
            if gone := [one for one, found in zip(others, notes, strict=True) if found is None]:
                await link.ask("SREM", _PROCESSES, *gone)
            return [found for found in notes if found is not None]
        except (Away, TypeError):
            return []
