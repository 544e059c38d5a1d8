"""The one consumer of the site: a pipe between a browser and the hub. It knows frames and limits, and no domain."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils import timezone

from core import metrics
from core.clock import to_wire
from core.ids import new_public_id
from core.outages import is_outage, log_failure
from realtime import codes, lifecycle
from realtime.bucket import Bucket, Strikes
from realtime.context import Context
from realtime.frames import Frame
from realtime.hub import Hub
from realtime.outlets import PREPARED, PlainOutlet, PreparedOutlet
from realtime.protocol import SUBPROTOCOL, BadFrame, parse, read_id
from realtime.registry import CommandRefused, find_command
from realtime.socket import Socket

logger = logging.getLogger("resaka.realtime")
BAD_FRAMES_IN_10_S = 5
REFUSED_FRAMES_IN_10_S = 40
FAREWELL_SECONDS = 2.0
RETRY_SECONDS = 5.0  # until a client asks again what the database could not answer
_END_OF_PING = "ping"


class SocketConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One socket. Commands are done one after the other, so the next is not read before the answer of the last is written."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Channels' own loop makes a task and a thread hop for each message; this one makes neither."""
        self.scope = scope
        self.base_send = send
        self.socket: Socket | None = None
        self._loop_of_messages = asyncio.current_task()
        self._farewell_failed = False
        try:
            while True:
                message = await receive()
                await getattr(self, message["type"].replace(".", "_"))(message)
        except StopConsumer:
            pass
        except asyncio.CancelledError:
            if not self._farewell_failed:  # the server ends
                raise
        finally:
            await self._leave()

    # ---- Opening and closing ------------------------------------------------------------------------------------------------
    async def websocket_connect(self, message: dict[str, Any]) -> None:
        """Accept a person who is logged in; a guest is told so by a close code, which a refused handshake could not carry."""
        user = self.scope["user"]
        known = SUBPROTOCOL in self.scope.get("subprotocols", ())
        await self.accept(subprotocol=SUBPROTOCOL if known else None)
        if not known or not user.is_authenticated:
            await self.close(code=codes.REVOKED if known else codes.FORBIDDEN)
            return
        self._open(user.public_id, self.scope["session"].session_key)
        self._forget_arrival()
        self.context = Context(hub=self.hub, socket=self._socket(), user_id=user.pk, user_public_id=user.public_id)
        await self._socket().reply(self._hello())

    def _forget_arrival(self) -> None:
        """What was needed to come in is not kept for the hours that a socket is open."""
        if (prepared := self.scope.get("extensions", {}).get(PREPARED)) is not None:
            prepared.forget_handshake()
        self.scope = {"type": "websocket"}

    def _open(self, user: str, session_key: str) -> None:
        limits = settings.REALTIME
        self.frame_bytes: int = limits["FRAME_BYTES"]
        now = asyncio.get_running_loop().time()
        self.bucket = Bucket(rate=limits["BUCKET_FRAMES"], burst=limits["BUCKET_BURST"], now=now)
        self.bad = Strikes(limit=BAD_FRAMES_IN_10_S, window=10)
        self.refused = Strikes(limit=REFUSED_FRAMES_IN_10_S, window=10)
        self.hub: Hub = lifecycle.current_hub()
        prepared = self.scope.get("extensions", {}).get(PREPARED)
        outlet = PreparedOutlet(prepared) if prepared is not None else PlainOutlet(self.base_send)
        self.socket = Socket(user=user, session_key=session_key, outlet=outlet, read_after=self.hub.read_after, end=self._end)
        self.hub.join(self.socket)

    def _hello(self) -> Frame:
        limits = settings.REALTIME
        return Frame.of(
            {
                "t": "hello",
                "sid": new_public_id(),
                "ping": limits["PING_SECONDS"],
                "max": limits["FRAME_BYTES"],
                "now": to_wire(timezone.now()),
                "caps": [],
            }
        )

    def _socket(self) -> Socket:
        assert self.socket is not None, "a socket that was not opened has no commands"
        return self.socket

    def _end(self, code: int) -> None:
        """Say farewell; when the other side does not even read that, drop the connection."""
        self._farewell = asyncio.get_running_loop().create_task(self._say_farewell(code))

    async def _say_farewell(self, code: int) -> None:
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self.close(code=code)
        except Exception:
            self._farewell_failed = True
            self._socket().abort()
            if self._loop_of_messages is not None:
                self._loop_of_messages.cancel()

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """The socket is closed."""
        raise StopConsumer

    async def _leave(self) -> None:
        if self.socket is not None:
            self.hub.leave(self.socket)
            await self.socket.settle()

    # ---- Commands -----------------------------------------------------------------------------------------------------------
    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """One frame: within the limits it is parsed, done and answered."""
        socket = self.socket
        if socket is None or socket.closed:
            return
        metrics.FRAMES_IN.inc()
        now = asyncio.get_running_loop().time()
        if wait := self.bucket.take(now):
            await self._refuse_pace(wait, now, message.get("text"))
            return
        try:
            text = message.get("text")
            if text is None:
                raise BadFrame("binary")
            frame = parse(text, limit=self.frame_bytes)
        except BadFrame as error:
            await self._refuse_frame(error, now)
            return
        await self._do(frame)

    async def _refuse_pace(self, wait: float, now: float, text: str | None) -> None:
        if self.refused.add(now):
            self._socket().close(codes.RATE)
        else:
            await self._err("rate", re=read_id(text, limit=self.frame_bytes), retry=wait)

    async def _refuse_frame(self, error: BadFrame, now: float) -> None:
        await self._err("bad_frame", re=error.id)
        if self.bad.add(now):
            self._socket().close(codes.BAD_FRAMES)

    async def _do(self, frame: dict[str, Any]) -> None:
        re = frame.get("id")
        try:
            answer = await self._answer(frame)
        except CommandRefused as refusal:
            await self._err(refusal.code, re=re, retry=refusal.retry, words=refusal.words)
        except Exception as error:
            log_failure(logger, "a command failed", error, command=frame["t"])
            if is_outage(error):
                await self._err("unavailable", re=re, retry=RETRY_SECONDS)
            else:
                await self._err("internal", re=re)
        else:
            if answer is not None:
                await self._socket().reply(Frame.of(answer if re is None else {**answer, "re": re}))
            await self.context.listen()

    async def _answer(self, frame: dict[str, Any]) -> dict[str, Any] | None:
        if frame["t"] == _END_OF_PING:
            return {"t": "pong"} | ({"x": frame["x"]} if "x" in frame else {})
        command = find_command(frame["t"])
        if command is None:
            raise CommandRefused("bad_frame")
        self.context.begin()
        return await command(self.context, frame)

    async def _err(self, code: str, *, re: str | int | None = None, retry: float | None = None, words: str = "") -> None:
        frame: dict[str, Any] = {"t": "err", "code": code} | ({"words": words} if words else {})
        if re is not None:
            frame["re"] = re
        if retry is not None:
            frame["retry"] = round(retry, 3)
        with suppress(asyncio.CancelledError):
            await self._socket().reply(Frame.of(frame))
