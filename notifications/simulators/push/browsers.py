"""The side of the browsers: the protocol of Mozilla's autopush, as far as a Firefox needs it to subscribe and to be told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from notifications.simulators.push.world import Target, World

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Browser:
    """One socket. Its first word is `hello`, with the name that it was given the last time, if any."""

    def __init__(self, world: World, send: Send) -> None:
        self._world, self._send = world, send
        self._agent = ""
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def live(self, receive: Receive) -> None:
        """From the first word to the end of the socket."""
        await receive()  # websocket.connect
        await self._send({"type": "websocket.accept", "subprotocol": "push-notification"})
        sender = asyncio.create_task(self._pass_on())
        try:
            while (event := await receive())["type"] == "websocket.receive":
                await self._hear(json.loads(event.get("text") or "{}"))
        finally:
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sender
            if self._world.sockets.get(self._agent) is self._frames:
                del self._world.sockets[self._agent]

    async def _pass_on(self) -> None:
        while True:
            await self._say(await self._frames.get())

    async def _hear(self, said: dict[str, Any]) -> None:
        kind = said.get("messageType", "")
        if not said:  # a ping
            await self._send({"type": "websocket.send", "text": "{}"})
        elif kind == "hello":
            await self._greet(str(said.get("uaid") or ""))
        elif kind == "register":
            await self._register(str(said["channelID"]), str(said.get("key") or ""))
        elif kind == "unregister":
            await self._unregister(str(said["channelID"]))

    async def _greet(self, agent: str) -> None:
        known = any(target.agent == agent for target in self._world.targets.values())
        self._agent = agent if agent and known else uuid.uuid4().hex
        self._world.sockets[self._agent] = self._frames
        await self._say({"messageType": "hello", "uaid": self._agent, "status": 200, "use_webpush": True, "broadcasts": {}})
        for frame in self._world.collect(self._agent):
            self._frames.put_nowait(frame)

    async def _register(self, channel: str, key: str) -> None:
        mine = (one for one in self._world.targets.values() if (one.agent, one.channel) == (self._agent, channel))
        target = next(mine, None) or self._world.add(Target(secrets.token_urlsafe(24), key.rstrip("="), channel=channel, agent=self._agent))
        address = self._world.address_of(target)
        await self._say({"messageType": "register", "channelID": channel, "status": 200, "pushEndpoint": address})

    async def _unregister(self, channel: str) -> None:
        for target in self._world.targets.values():
            if (target.agent, target.channel) == (self._agent, channel):
                target.gone = True
        await self._say({"messageType": "unregister", "channelID": channel, "status": 200})

    async def _say(self, frame: dict[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": json.dumps(frame)})
