"""The servers under test: `python -m benchmarks.servers hub|textbook PROTOCOL`. Prints its port; obeys lines of standard input."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import django
import uvicorn

ROOM = "aaaaaaaaaaaaaaaaaaaa"
App = Callable[..., Any]


def make_hub() -> tuple[App, Callable[[int, str], None]]:
    """The product's own consumer, hub and bus around a log that is not asked for anything."""
    from realtime import lifecycle, services
    from realtime.consumer import SocketConsumer
    from realtime.registry import CommandContext, Stream, register

    async def sub(ctx: CommandContext, frame: dict[str, Any]) -> dict[str, Any]:
        await ctx.subscribe(topic=f"room:{ROOM}", room=ROOM, cursor=0, last=0, hidden=frozenset(), visible=False)
        return {"t": "ok"}

    register(commands={"sub": sub}, streams={"room": Stream(read_after=lambda *_: [], last_seqs=lambda ids: {})})
    inner = SocketConsumer.as_asgi()

    class Person:
        is_authenticated, pk = True, 1

        def __init__(self, number: int) -> None:
            self.public_id = f"{number:020}"

    people = iter(range(10**9))

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await lifecycle.start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        else:
            session = type("Session", (), {"session_key": "key"})()
            await inner({**scope, "user": Person(next(people)), "session": session}, receive, send)

    def publish(seq: int, text: str) -> None:
        body = json.dumps({"seq": seq, "k": "message", "body": text}, separators=(",", ":")).encode()
        services.publish_event(topic=f"room:{ROOM}", seq=seq, actor="someone", body=body)

    return app, publish


def make_textbook() -> tuple[App, Callable[[int, str], None]]:
    """The consumer of Channels' own tutorial, with its layer in memory made large enough to lose nothing."""
    from channels.generic.websocket import AsyncJsonWebsocketConsumer
    from channels.layers import get_channel_layer
    from django.conf import settings

    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10**6, "expiry": 3600}}
    }
    loops: list[asyncio.AbstractEventLoop] = []

    class Consumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
        async def connect(self) -> None:
            loops.append(asyncio.get_running_loop())
            await self.channel_layer.group_add("room", self.channel_name)
            await self.accept("resaka.v1")
            await self.send_json({"t": "hello"})

        async def receive_json(self, content: Any) -> None:
            await self.send_json({"t": "ok"})

        async def chat_message(self, event: dict[str, Any]) -> None:
            await self.send_json({"t": "ev", "room": ROOM, "evs": [event["event"]], "last": event["event"]["seq"]})

    layer = get_channel_layer()

    def publish(seq: int, text: str) -> None:
        message = {"type": "chat.message", "event": {"seq": seq, "k": "message", "body": text}}
        asyncio.run_coroutine_threadsafe(layer.group_send("room", message), loops[0]).result()

    return Consumer.as_asgi(), publish


def obey(publish: Callable[[int, str], None]) -> None:
    """Publish when told, in bursts of what one turn of a busy room holds; tell the CPU used since."""
    started = 0.0
    for line in sys.stdin:
        if line.strip() == "cpu":
            print(time.process_time() - started, flush=True)
            continue
        messages = json.loads(line)["messages"]
        started = time.process_time()
        for seq in range(1, messages + 1):
            publish(seq, "x" * 150)
            if seq % 4 == 0:
                time.sleep(0.004)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
    django.setup()
    kind, protocol = sys.argv[1:]
    app, publish = {"hub": make_hub, "textbook": make_textbook}[kind]()
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    threading.Thread(target=obey, args=[publish], daemon=True).start()
    config = uvicorn.Config(
        app, ws=protocol, loop="uvloop", lifespan="on" if kind == "hub" else "off", log_config=None, ws_per_message_deflate=False
    )
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listener])


main()
