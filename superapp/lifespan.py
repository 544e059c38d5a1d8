"""Start and end of a web process: the hub is tied to its loop, the schedule runs, sockets are told before the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from realtime import lifecycle
from superapp.schedule import Ticker

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Lifespan:
    """The ASGI lifespan protocol."""

    def __init__(self) -> None:
        self._ticker: Ticker | None = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> None:
        await lifecycle.start()
        if settings.EMBEDDED:
            self._ticker = Ticker()
            self._ticker.start()

    async def _stop(self) -> None:
        if self._ticker:
            self._ticker.stop()
        await lifecycle.stop()
