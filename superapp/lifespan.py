"""Start and end of a web process: the hub is tied to its loop, the outbox and the schedule run, sockets are told before the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.services import recorder
from chat.services import writer
from core.backups.pending import RestorePending, refuse_start
from core.relay import Relay
from moderation.services import rulebook
from realtime import lifecycle
from superapp.schedule import Ticker

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_END_SECONDS = 5


class Lifespan:
    """The ASGI lifespan protocol."""

    def __init__(self) -> None:
        self._threads: list[Relay | Ticker] = []
        self._held: list[BaseDatabaseWrapper] = []

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._start()
                except RestorePending as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> None:
        await asyncio.to_thread(refuse_start)
        self._held = await asyncio.to_thread(_hold_files_open)
        await asyncio.to_thread(rulebook.start)  # before anybody can write
        await lifecycle.start()
        writer.start()
        recorder.start()
        self._threads = _workers()
        for thread in self._threads:
            thread.start()

    async def _stop(self) -> None:
        for thread in self._threads:
            thread.stop()
        await asyncio.to_thread(writer.stop)
        await asyncio.to_thread(rulebook.stop)
        await lifecycle.stop()
        await asyncio.to_thread(recorder.stop)
        for thread in self._threads:
            await asyncio.to_thread(thread.join, _END_SECONDS)  # what is left in its hand comes back when its lease ends
        for connection in self._held:
            await asyncio.to_thread(connection.close)


def _hold_files_open() -> list[BaseDatabaseWrapper]:
    """A connection to each SQLite file for as long as the process lives.

    Beside a file lie two others that its first reader makes and its last one removes. On a full disk they could not be made anew, and
    nobody could read.
    """
    held = [connections.create_connection(alias) for alias in connections if connections[alias].vendor == "sqlite"]
    for connection in held:
        connection.inc_thread_sharing()
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM sqlite_master")
            cursor.fetchall()
    return held


def _workers() -> list[Relay | Ticker]:
    """With Celery a web process hands deliveries to the broker; without, it runs them, and the schedule, itself."""
    if settings.JOBS == "celery":
        from superapp.celery import submit  # a process without Celery does not load it

        return [Relay(submit)]
    return [Relay(), Ticker()]
