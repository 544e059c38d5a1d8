"""The product's consumer, hub and protocol around a log in memory: fan-out alone. `python -m benchmarks.peers.hub PORT PROTOCOL`"""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import django
import uvicorn

ROOM_TOPIC = "room:"


def make_app() -> Any:
    """An ASGI application in which everybody is known and every room exists."""
    from django.utils import timezone

    from core.clock import to_wire
    from realtime import lifecycle, services
    from realtime.consumer import SocketConsumer
    from realtime.registry import CommandContext, LogEntry, Stream, register

    seqs: dict[str, int] = {}

    async def sub(ctx: CommandContext, frame: dict[str, Any]) -> dict[str, Any]:
        for room in frame["rooms"]:
            last = seqs.setdefault(room, 0)
            await ctx.subscribe(topic=ROOM_TOPIC + room, room=room, cursor=last, last=last, hidden=frozenset(), visible=False)
        return {"t": "ok", "last": 0}

    async def send(ctx: CommandContext, frame: dict[str, Any]) -> dict[str, Any]:
        room, at = frame["room"], to_wire(timezone.now())
        seqs[room] += 1
        seq = seqs[room]
        by = {"id": ctx.user_public_id, "name": "Bench", "av": 1}
        event = {"seq": seq, "k": "message", "at": at, "by": by, "n": seq, "cid": frame["cid"], "body": frame["body"]}
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        services.publish_event(topic=ROOM_TOPIC + room, entry=LogEntry(seq=seq, actor=ctx.user_public_id, body=body))
        return {"t": "ack", "cid": frame["cid"], "room": room, "seq": seq, "at": at}

    def read_after(_topic: str, _after: int, _limit: int) -> list[LogEntry]:
        return []

    def last_seqs(rooms: Sequence[str]) -> dict[str, int]:
        return {room: seqs.get(room, 0) for room in rooms}

    register(commands={"sub": sub, "send": send}, streams={"room": Stream(read_after=read_after, last_seqs=last_seqs)})
    inner = SocketConsumer.as_asgi()
    numbers = itertools.count(1)

    class Person:
        is_authenticated = True

        def __init__(self, number: int) -> None:
            self.pk, self.public_id = number, f"{number:020}"

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await lifecycle.start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await lifecycle.stop()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            session = type("Session", (), {"session_key": "key"})()
            await inner({**scope, "user": Person(next(numbers)), "session": session}, receive, send)

    return app


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
    django.setup()
    from realtime import hub

    hub.list_live_keys = set  # type: ignore[attr-defined,assignment]  # nobody logged in, so nobody is logged out
    port, protocol = int(sys.argv[1]), sys.argv[2]
    uvicorn.run(make_app(), port=port, ws=protocol, loop="uvloop", http="httptools", log_config=None, ws_per_message_deflate=False)


if __name__ == "__main__":
    main()
