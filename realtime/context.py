"""What a command sees of its socket; see `registry.CommandContext` for the promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from realtime.frames import Frame
from realtime.grant import Grant
from realtime.hub import Hub
from realtime.registry import CommandRefused
from realtime.socket import Socket, reset_frame
from realtime.threads import run_in_thread

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Wish:
    """A subscription that begins once the answer of its command is written."""

    topic: str
    room: str
    cursor: int
    last: int
    visible: bool
    reset: str
    grant: Grant | None


@dataclass(slots=True)
class Context:
    """The `CommandContext` of one socket."""

    hub: Hub
    socket: Socket
    user_id: int
    user_public_id: str
    _wishes: list[_Wish] = field(default_factory=list)
    _on_screen: frozenset[str] | None = None  # None: the client never said; then every topic that it hears counts

    def begin(self) -> None:
        """A new command: what is ordered about the socket from now on wins over what the command reads."""
        self._wishes.clear()
        self.socket.orders.clear()

    @property
    def session_key(self) -> str:
        return self.socket.session_key

    def now(self) -> datetime:
        return timezone.now()

    async def run(self, function: Callable[[], T]) -> T:
        return await run_in_thread(function)

    async def subscribe(
        self,
        *,
        topic: str,
        room: str,
        cursor: int,
        last: int,
        hidden: frozenset[str],
        visible: bool,
        reset: str = "",
        grant: Grant | None = None,
    ) -> None:
        held = self.socket.subs.keys() | {wish.topic for wish in self._wishes}
        if topic not in held and len(held) >= settings.REALTIME["TOPICS_PER_SOCKET"]:
            raise CommandRefused("limit")
        self.socket.hidden = self.socket.orders.apply_hidden(hidden)
        self._wishes.append(_Wish(topic=topic, room=room, cursor=cursor, last=last, visible=visible, reset=reset, grant=grant))

    async def show(self, *, topics: frozenset[str]) -> None:
        self._on_screen = topics
        for sub in list(self.socket.subs.values()):
            topic, visible = sub.topic, sub.topic.name in topics
            if sub.visible != visible:
                self.hub.subscribe(
                    self.socket, topic=topic.name, room=topic.room, cursor=sub.cursor, last=topic.last, visible=visible, grant=sub.grant
                )

    async def unsubscribe(self, *, topic: str) -> None:
        self.hub.unsubscribe(self.socket, topic)

    async def listen(self) -> None:
        """Begin the subscriptions of the command that was just answered, but for the rooms that were lost meanwhile."""
        wishes, self._wishes = self._wishes, []
        for wish in wishes:
            if wish.topic in self.socket.orders.lost:
                await self.socket.reply(Frame.of({"t": "err", "code": "forbidden", "room": wish.room}))
                continue
            if wish.reset:
                await self.socket.reply(reset_frame(room=wish.room, at=wish.cursor))
            visible = wish.visible and (self._on_screen is None or wish.topic in self._on_screen)
            self.hub.subscribe(
                self.socket, topic=wish.topic, room=wish.room, cursor=wish.cursor, last=wish.last, visible=visible, grant=wish.grant
            )
