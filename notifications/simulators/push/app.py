"""The stand-in as an ASGI application.

`POST /wpush/v2/TOKEN` is the push service (RFC 8030); a socket on any path is a browser's (`browsers.Browser`). A test tells it how to
answer and asks what came:

    GET    /__fake/                      {"received": […], "requests", "elsewhere"}
    PUT    /__fake/                      {"mode": "410", "times": 1, "lazy": true, "forget": true}, any of them
    POST   /__fake/subscriptions         {"count": 3, "key": "our VAPID key, if they are bound to one"}: devices that it opens itself
    DELETE /__fake/subscriptions/TOKEN   it is gone: 410 from now on

Modes: 201 (as the RFC has it), any other status, `302` and `307` (elsewhere on this machine), `slow` (12 s), `endless`, `tight` (413 for
more than 300 bytes), `silent` (the connection closes in the middle of the answer).
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from notifications.simulators.push.browsers import Browser
from notifications.simulators.push.reading import Wrong, check_request, open_text, to_base64url
from notifications.simulators.push.world import Target, World

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
_SLOW_SECONDS = 12
_TIGHT = 300
_PUSH, _FAKE = "/wpush/v2/", "/__fake/"


class StandIn:
    """One push service."""

    def __init__(self, base: str) -> None:
        self.world = World(base)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await Browser(self.world, send).live(receive)
        elif scope["type"] == "http":
            if (body := await _read(receive)) is None:
                return
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            await self._answer(scope["method"], scope["path"], headers, body, send)

    async def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes, send: Send) -> None:
        if path.startswith(_FAKE):
            await _say(send, 200, self._control(method, path.removeprefix(_FAKE), json.loads(body or b"{}")))
        elif path.startswith("/elsewhere"):
            self.world.elsewhere += 1
            await _say(send, 201, {})
        elif method == "POST" and path.startswith(_PUSH):
            self.world.requests += 1
            await self._push(path.removeprefix(_PUSH), headers, body, send)
        else:
            await _say(send, 404, {})

    # ---- The push service --------------------------------------------------------------------------------------------------------
    async def _push(self, token: str, headers: dict[str, str], body: bytes, send: Send) -> None:
        mode = self.world.take_mode()
        if mode == "slow":
            await asyncio.sleep(_SLOW_SECONDS)
        if mode in {"302", "307"}:
            await _say(send, int(mode), {}, [(b"location", f"{self.world.base}/elsewhere".encode())])
        elif mode == "endless":
            await _say_endlessly(send)
        elif mode == "silent":
            await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"10")]})  # and no more
        elif mode.isdigit() and mode != "201":
            retry = [(b"retry-after", b"7")] if mode in {"429", "503"} else []
            await _say(send, int(mode), {"errno": 100, "error": mode}, retry)
        else:
            await self._take(token, headers, body, send, tight=mode == "tight")

    async def _take(self, token: str, headers: dict[str, str], body: bytes, send: Send, *, tight: bool) -> None:
        target = self.world.targets.get(token)
        try:
            if target is None:
                raise Wrong(404, "no such subscription")
            if target.gone:
                raise Wrong(410, "gone")
            if tight and len(body) > _TIGHT:
                raise Wrong(413, "body")
            check_request(headers, body, origin=self.world.base, key=target.key)
        except Wrong as wrong:
            self.world.received.append({"token": token, "status": wrong.status, "why": wrong.why})
            await _say(send, wrong.status, {"errno": 109, "error": wrong.why})
            return
        self._note(target, headers, body)
        await _say(send, 201, {}, [(b"location", f"{self.world.base}/m/{uuid.uuid4().hex}".encode()), (b"ttl", headers["ttl"].encode())])

    def _note(self, target: Target, headers: dict[str, str], body: bytes) -> None:
        said = {name: headers.get(name, "") for name in ("topic", "urgency", "ttl")}
        text = open_text(target.device, body) if target.device and not self.world.lazy else ""
        self.world.received.append({"token": target.token, "status": 201, "length": len(body), "text": text, **said})
        if target.channel:
            frame = {"messageType": "notification", "channelID": target.channel, "version": uuid.uuid4().hex, "ttl": int(headers["ttl"])}
            frame |= {"data": to_base64url(body), "headers": {"encoding": "aes128gcm"}}
            self.world.pass_on(target, headers.get("topic", ""), frame)

    # ---- What a test says --------------------------------------------------------------------------------------------------------
    def _control(self, method: str, path: str, said: dict[str, Any]) -> dict[str, Any]:
        world = self.world
        if (method, path) == ("POST", "subscriptions"):
            return {"subscriptions": [world.add_device(str(said.get("key", ""))) for _each in range(int(said.get("count", 1)))]}
        if method == "DELETE" and (target := world.targets.get(path.removeprefix("subscriptions/"))):
            target.gone = True
        if method == "PUT":
            if said.get("forget"):
                world.received.clear()
                world.requests = world.elsewhere = 0
            world.mode, world.times = str(said.get("mode", "201")), int(said.get("times", -1))
            world.lazy = bool(said.get("lazy", world.lazy))
        browsers = [world.address_of(target) for target in world.targets.values() if target.channel and not target.gone]
        return {"received": world.received, "requests": world.requests, "elsewhere": world.elsewhere, "browsers": browsers}


async def _read(receive: Receive) -> bytes | None:
    """The body; None if who sent it went away in the middle."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += event.get("body", b"")
        if not event.get("more_body"):
            return bytes(body)


async def _say(send: Send, status: int, data: dict[str, Any], headers: list[tuple[bytes, bytes]] | None = None) -> None:
    body = json.dumps(data).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def _say_endlessly(send: Send) -> None:
    await send({"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"text/plain")]})
    for _part in range(100_000):
        await send({"type": "http.response.body", "body": b"x" * 4096, "more_body": True})
        await asyncio.sleep(0)
