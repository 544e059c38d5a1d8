"""Chat as Channels' own tutorial teaches it, made lossless: Daphne, `group_send` over Redis, one ORM insert for each message.

`daphne benchmarks.peers.textbook:application`. The tutorial's settings are kept except where they would lose messages or cost what
nobody would pay: the layer holds a burst (its default capacity of 100 loses most of one), database connections stay open, and
`socket_timeout` is lifted, without which redis-py 8 closes every idle socket after 5 s (channels_redis#422).
"""

from __future__ import annotations

import os
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

_database = urlsplit(os.environ.get("PEER_DATABASE_URL", "mysql://user@127.0.0.1/none"))
_MEMORY = {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10**6, "expiry": 3600}}
_REDIS = {
    "BACKEND": "channels_redis.core.RedisChannelLayer",
    "CONFIG": {
        "hosts": [{"address": os.environ.get("PEER_REDIS_URL", ""), "socket_timeout": None}],
        "capacity": 10**6,
        "expiry": 3600,
    },
}
settings.configure(
    SECRET_KEY="peer" * 10,
    INSTALLED_APPS=[],
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "NAME": _database.path.strip("/"),
            "USER": _database.username,
            "PASSWORD": _database.password,
            "HOST": _database.hostname,
            "PORT": _database.port,
            "CONN_MAX_AGE": None,
            "OPTIONS": {"charset": "utf8mb4", "isolation_level": "read committed"},
        }
    },
    CHANNEL_LAYERS={"default": _REDIS if os.environ.get("PEER_REDIS_URL") else _MEMORY},
)

import django  # noqa: E402  (settings first)

django.setup()

from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.db import models  # noqa: E402
from django.utils import timezone  # noqa: E402


class Message(models.Model):
    """The peers' common table."""

    room = models.CharField(max_length=20)
    author = models.CharField(max_length=40)
    cid = models.CharField(max_length=36, unique=True)
    body = models.TextField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[Message]] = models.Manager()

    class Meta:
        app_label = "textbook"
        db_table = "message"

    def __str__(self) -> str:
        return self.cid


_PERSISTS = bool(os.environ.get("PEER_DATABASE_URL"))
_seqs = iter(range(1, 10**9))


class ChatConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Join a room, send to it, hear it."""

    async def connect(self) -> None:
        self.room = parse_qs(self.scope["query_string"].decode())["room"][0]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()
        await self.send_json({"t": "ok"})

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.room, self.channel_name)

    async def receive_json(self, content: Any, **_options: Any) -> None:
        now = timezone.now()
        seq = await self._keep(content, now) if _PERSISTS else next(_seqs)
        by = {"id": self.channel_name[-20:], "name": "Bench", "av": 1}
        event = {"seq": seq, "k": "message", "at": now.isoformat(), "by": by, "n": seq, "cid": content["cid"], "body": content["body"]}
        await self.channel_layer.group_send(self.room, {"type": "chat.message", "event": event})
        await self.send_json({"t": "ack", "cid": content["cid"], "seq": seq})

    @database_sync_to_async  # type: ignore[untyped-decorator]
    def _keep(self, content: Any, now: Any) -> int:
        row = Message.objects.create(room=self.room, author=self.channel_name[-40:], cid=content["cid"], body=content["body"], at=now)
        return int(row.pk)

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send_json({"t": "ev", "room": self.room, "evs": [event["event"]]})


application = ProtocolTypeRouter({"websocket": ChatConsumer.as_asgi()})
