"""Ephemeral pushes: who is writing, how far others have read, who is here. Gathered to at most one push a second and topic."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from realtime.bus import Passing
from realtime.frames import Frame
from realtime.presence import presence
from realtime.topic import Topic

INTERVAL = 1.0
CROWD = 50  # above it people are counted, not named
CROWD_INTERVAL = 5.0


class _Gathered:
    """What has passed on a topic since its last push."""

    __slots__ = ("presence", "read", "typing")

    def __init__(self) -> None:
        self.typing: dict[str, Mapping[str, Any]] = {}
        self.read: dict[str, int] = {}
        self.presence = False


class Passings:
    """The gatherings of all topics, with the timer of each."""

    def __init__(self, topics: Mapping[str, Topic]) -> None:
        self._topics = topics
        self._gathered: dict[str, _Gathered] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def gather(self, topic: Topic, parcel: Passing) -> None:
        """Keep what passed until the next push of its topic."""
        gathered = self._gathered.setdefault(topic.name, _Gathered())
        if parcel.kind == "typing":
            gathered.typing[parcel.actor] = parcel.data
        elif parcel.kind == "read":
            gathered.read[parcel.actor] = parcel.data["seq"]
        self._soon(topic)

    def presence_changed(self, topic: Topic) -> None:
        """Somebody came or went."""
        self._gathered.setdefault(topic.name, _Gathered()).presence = True
        self._soon(topic)

    def _soon(self, topic: Topic) -> None:
        """Push after a moment in which more may gather; then not again before the interval is over."""
        if topic.name not in self._timers:
            self._timers[topic.name] = asyncio.get_running_loop().call_later(0.02, self._push, topic)

    def _push(self, topic: Topic) -> None:
        self._timers.pop(topic.name, None)
        gathered = self._gathered.pop(topic.name, None)
        if gathered is None or self._topics.get(topic.name) is not topic:
            return
        people = presence.here(topic.name)
        actors = {*gathered.typing, *gathered.read, *(people if gathered.presence else ())}
        made: dict[frozenset[str], list[Frame]] = {}
        for listener in topic.listeners.values():
            veiled = listener.socket.hidden & actors
            if veiled not in made:
                made[veiled] = _frames(topic, gathered, people, veiled)
            for frame in made[veiled]:
                listener.socket.write_if_free(frame)
        interval = CROWD_INTERVAL if len(people) > CROWD else INTERVAL
        self._timers[topic.name] = asyncio.get_running_loop().call_later(interval, self._push, topic)

    def forget(self, topic: Topic) -> None:
        """The topic is no longer heard here."""
        self._gathered.pop(topic.name, None)
        if timer := self._timers.pop(topic.name, None):
            timer.cancel()

    def stop(self) -> None:
        """No more pushes."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._gathered.clear()


def _frames(topic: Topic, gathered: _Gathered, present: Sequence[str], veiled: frozenset[str]) -> list[Frame]:
    """What a socket is told that must not see the `veiled`."""
    frames: list[Frame] = []
    eph: dict[str, Any] = {}
    if typing := [{"id": actor, **data} for actor, data in gathered.typing.items() if actor not in veiled]:
        eph["typing"] = typing
    if gathered.presence:
        people = [person for person in present if person not in veiled]
        eph |= {"count": len(people)} | ({"present": people} if len(people) <= CROWD else {})
    if eph:
        frames.append(Frame.of({"t": "eph", "room": topic.room, **eph}))
    if read := {actor: seq for actor, seq in gathered.read.items() if actor not in veiled}:
        frames.append(Frame.of({"t": "cur", "room": topic.room, "read": read}))
    return frames
