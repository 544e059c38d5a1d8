"""The bus of several processes: what is published here reaches the own sockets at once and the other processes through Redis.

Redis carries copies only. While it is away, or when it lost something, each process finds what it missed in the log: at the safety check,
and at once when Redis is back. All processes share one channel and leave aside what none of their sockets hears: a batch of the writer
crosses as one payload whatever the number of its rooms, and opening a room costs Redis nothing (docs/decisions/0011).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import msgspec
import redis

from realtime.bus import LocalBus, Parcel
from realtime.redis_link import Away, Link
from realtime.redis_outside import connect

logger = logging.getLogger("resaka.bus")
PREFIX = "resaka:"
NOTE_SECONDS = 20
_CHANNEL = f"{PREFIX}parcels"
_PROCESSES = f"{PREFIX}processes"
_CHUNK = 500

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Parcel]).decode


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

    def attach(self, receive: Callable[[Sequence[Parcel]], None], back: Callable[[], None]) -> None:
        super().attach(receive, back)
        self._set_name()
        self._link = Link(self._url, _CHANNEL, on_message=self._hear, on_up=back)
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

    def _hear(self, payload: bytes) -> None:
        if payload.startswith(self._name) or self._receive is None:
            return
        try:
            parcels = _unpack(memoryview(payload)[8:])
        except msgspec.DecodeError:  # another version of us, during an upgrade: the log repairs what it said
            logger.warning("a parcel could not be read")
            return
        self._receive(parcels)

    def _payloads(self, parcels: Iterable[Parcel]) -> list[bytes]:
        everything = list(parcels)
        return [self._name + _pack(everything[start : start + _CHUNK]) for start in range(0, len(everything), _CHUNK)]

    def publish_all(self, parcels: Sequence[Parcel]) -> None:
        if self._loop is None:
            self._publish_outside(parcels)
        else:
            super().publish_all(parcels)

    def _spread(self, parcels: Sequence[Parcel]) -> None:
        if self._link is not None and self._link.up:
            for payload in self._payloads(parcels):
                self._link.publish(payload)

    def _publish_outside(self, parcels: Sequence[Parcel]) -> None:
        """From a process without sockets (a worker, a command): straight to Redis, or nowhere when it does not answer soon."""
        try:
            pipe = self._client().pipeline(transaction=False)
            for payload in self._payloads(parcels):
                pipe.publish(_CHANNEL, payload)
            pipe.execute()
        except (redis.RedisError, OSError) as error:
            logger.warning("the bus is away", extra={"fields": {"why": f"{type(error).__name__}: {error}"}})

    def _client(self) -> redis.Redis:
        with self._outside_lock:
            if self._outside is None or self._pid != os.getpid():
                self._set_name()
                self._outside = connect(self._url)
            return self._outside

    def read_notes(self) -> list[bytes]:
        if self._loop is not None:
            return []
        try:
            known: Iterable[Any] = cast("Any", self._client().smembers(_PROCESSES))
            keys = [f"{PREFIX}note:{name.decode()}" for name in known]
            notes: Iterable[Any] = cast("Any", self._client().mget(keys)) if keys else []
        except (redis.RedisError, OSError) as error:
            logger.warning("the bus is away", extra={"fields": {"why": f"{type(error).__name__}: {error}"}})
            return []
        return [note for note in notes if note is not None]

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
