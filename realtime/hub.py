"""The hub: one per process, on its loop. Brings parcels of the bus to the sockets, and the sockets up to date with the logs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from django.conf import settings

from core import metrics, sealing
from core.outages import log_failure
from realtime import codes
from realtime.bus import Bus, Ended, Forgotten, Lost, Parcel, Passing, Posted, Veiled
from realtime.frames import Frame
from realtime.grant import Grant
from realtime.passing import Passings
from realtime.presence import presence
from realtime.registry import LogEntry, find_stream
from realtime.sessions import list_live_keys
from realtime.socket import Socket, Subscription
from realtime.threads import run_in_thread
from realtime.topic import BATCH_EVENTS, Topic, cut_batch

logger = logging.getLogger("resaka.realtime")
T = TypeVar("T")
HOLD_SECONDS = 0.05
TAIL_SECONDS = 1.0  # from the commit of an event until its parcel must have come
_CHUNK = 500
_OWN = frozenset({"note", "held"})  # what passes on a person's own topic, to all their sockets at once


class Hub:
    """All methods run on the loop."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.topics: dict[str, Topic] = {}
        self.sockets: dict[str, list[Socket]] = defaultdict(list)
        self._passings = Passings(self.topics)
        self._repairs: dict[str, asyncio.Task[None]] = {}
        self._reads: dict[tuple[str, int], asyncio.Future[list[LogEntry]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._fresh: list[Topic] = []

    # ---- Sockets ----------------------------------------------------------------------------------------------------------
    def join(self, socket: Socket) -> None:
        """A socket has opened; the oldest of the same person goes when there are too many."""
        mine = self.sockets[socket.user]
        mine.append(socket)
        while len(mine) > settings.REALTIME["SOCKETS_PER_USER"]:
            oldest = mine[0]
            self.leave(oldest)
            oldest.close(codes.SUPERSEDED)

    def leave(self, socket: Socket) -> None:
        """A socket has gone; leaving twice changes nothing."""
        for sub in list(socket.subs.values()):
            self.unsubscribe(socket, sub.topic.name)
        mine = self.sockets.get(socket.user, [])
        if socket in mine:
            mine.remove(socket)
        if not mine:
            self.sockets.pop(socket.user, None)

    def all_sockets(self) -> list[Socket]:
        """Every open socket of this process."""
        return [socket for mine in self.sockets.values() for socket in mine]

    def subscribe(
        self, socket: Socket, *, topic: str, room: str, cursor: int, last: int, visible: bool, grant: Grant | None = None
    ) -> None:
        """Let a socket hear a topic from its cursor on, with `grant` as long as that lasts. `last` is the newest event that the caller
        read in the log."""
        if socket.closed:
            return
        known = self.topics.get(topic)
        if known is None:
            known = self.topics[topic] = Topic(name=topic, room=room, last=last)
            self._look_again(known)
        elif last > known.last:
            self.repair(known)
        self.unsubscribe(socket, topic)
        sub = Subscription(socket=socket, topic=known, cursor=cursor, visible=visible, grant=grant)
        socket.subs[topic] = sub
        if grant is not None:
            grant.watch(partial(self._ask_again, sub, grant))
        known.listeners[id(sub)] = sub
        known.idle_since = None
        if visible:
            known.people[socket.user] += 1
            self._show_presence(known)
        if cursor < known.last:
            sub.fall_behind()

    def unsubscribe(self, socket: Socket, topic: str) -> None:
        """A socket no longer hears a topic."""
        sub = socket.subs.pop(topic, None)
        if sub is None:
            return
        socket.drop(sub)
        if sub.grant is not None:
            sub.grant.forget()
        known = sub.topic
        known.listeners.pop(id(sub), None)
        if not known.listeners:
            known.idle_since = asyncio.get_running_loop().time()
        if sub.visible:
            known.people[socket.user] -= 1
            if not known.people[socket.user]:
                del known.people[socket.user]
            self._show_presence(known)

    def _ask_again(self, sub: Subscription, grant: Grant) -> None:
        self._spawn(self._renew(sub, grant))

    async def _renew(self, sub: Subscription, grant: Grant) -> None:
        """The end of a grant has come: it goes on, or the topic is lost; also when nobody could be asked."""
        try:
            until = await run_in_thread(grant.renew)
        except Exception as error:
            log_failure(logger, "a grant could not be renewed", error)
            until = None
        socket, topic = sub.socket, sub.topic.name
        if socket.subs.get(topic) is not sub:
            return
        if until is None:
            self._lose(socket, topic, grant.code)
        else:
            grant.until = until
            grant.watch(partial(self._ask_again, sub, grant))

    def back(self) -> None:
        """The other processes are heard again; what they said meanwhile is in the logs."""
        if self.topics:
            self._spawn(self._catch_up(list(self.topics.values())))

    def _look_again(self, topic: Topic) -> None:
        """What was told of a new topic between the reading of its `last` and now was dropped here: one query finds it, for all
        topics of this turn of the loop."""
        if not self._fresh:
            asyncio.get_running_loop().call_soon(self._look_at_fresh)
        self._fresh.append(topic)

    def _look_at_fresh(self) -> None:
        fresh, self._fresh = self._fresh, []
        self._spawn(self._catch_up(fresh))

    async def _catch_up(self, topics: Sequence[Topic]) -> None:
        try:
            await self._find_lost_tails(topics)
        except Exception as error:  # the next safety check tries again
            log_failure(logger, "catching up failed", error)

    def _show_presence(self, topic: Topic) -> None:
        if presence.set_own(topic.name, topic.presence()):
            self._passings.presence_changed(topic)

    async def share_presence(self) -> None:
        """Every few seconds: tell the other processes who is here, and hear who is there."""
        while True:
            await asyncio.sleep(settings.REALTIME["PRESENCE_SECONDS"])
            try:
                for name in presence.set_others(await self._bus.exchange(presence.note())):
                    if (topic := self.topics.get(name)) is not None:
                        self._passings.presence_changed(topic)
            except Exception:
                logger.exception("sharing presence failed")

    # ---- Parcels ----------------------------------------------------------------------------------------------------------
    def receive(self, parcels: Sequence[Parcel]) -> None:
        """Take parcels from the bus, in their order. Events of one topic that came together leave together, in one write a socket."""
        posted: dict[str, list[LogEntry]] = defaultdict(list)
        oldest = 0.0
        for parcel in parcels:
            if isinstance(parcel, Posted):
                posted[parcel.topic] += parcel.entries
                oldest = oldest or parcel.at
            elif isinstance(parcel, Passing):
                self._pass(parcel)
            else:
                self._post(posted)
                self._obey(parcel)
        self._post(posted)
        if oldest:
            metrics.FANOUT_SECONDS.observe(max(0.0, time.time() - oldest))

    def _obey(self, parcel: Lost | Ended | Veiled | Forgotten) -> None:
        match parcel:
            case Lost():
                for socket in self._sockets_of(parcel.user):
                    self._lose(socket, parcel.topic, parcel.code)
            case Ended():
                self._end(parcel)
            case Veiled():
                for socket in self._sockets_of(parcel.user):
                    socket.veil(parcel.actor, hidden=parcel.hidden)
            case Forgotten():
                sealing.forget_key(parcel.scope)

    def _post(self, posted: dict[str, list[LogEntry]]) -> None:
        """Hand over what has gathered, and forget it."""
        for name, entries in posted.items():
            topic = self.topics.get(name)
            if topic is not None and not topic.accept(entries):
                self._hold(topic)
        posted.clear()

    def _pass(self, passing: Passing) -> None:
        if passing.kind in _OWN:
            frame = Frame.of({**passing.data, "t": passing.kind})
            for socket in self._sockets_of(passing.topic.partition(":")[2]):
                socket.write_if_free(frame)
        elif (topic := self.topics.get(passing.topic)) is not None:
            self._passings.gather(topic, passing)

    def _end(self, ended: Ended) -> None:
        for socket in self._sockets_of(ended.user):
            if ended.session_key in ("", socket.session_key):
                self.leave(socket)
                socket.close(ended.code)

    def _sockets_of(self, user: str) -> list[Socket]:
        return list(self.sockets.get(user, ()))

    def _lose(self, socket: Socket, topic: str, code: str) -> None:
        socket.orders.lost.add(topic)
        sub = socket.subs.get(topic)
        if sub is not None:
            self.unsubscribe(socket, topic)
            self._spawn(socket.reply(Frame.of({"t": "err", "code": code, "room": sub.topic.room})))

    # ---- Gaps -------------------------------------------------------------------------------------------------------------
    def _hold(self, topic: Topic) -> None:
        """Events came out of order: wait a moment for the missing ones, then read them in the log."""
        asyncio.get_running_loop().call_later(HOLD_SECONDS, self._release, topic)

    def _release(self, topic: Topic) -> None:
        if topic.held and self.topics.get(topic.name) is topic:
            self.repair(topic)

    def repair(self, topic: Topic) -> None:
        """Read what is missing in the log; one reader per topic."""
        if topic.name not in self._repairs:
            task = self._spawn(self._repair(topic))
            self._repairs[topic.name] = task
            task.add_done_callback(lambda _: self._repairs.pop(topic.name, None))

    async def _repair(self, topic: Topic) -> None:
        try:
            found = False
            while entries := await self._read_log(topic, topic.last):
                found = True
                topic.accept(entries)
            metrics.GAPS_REPAIRED.inc(found)
        except Exception as error:  # the next check of the logs tries again
            log_failure(logger, "reading a gap failed", error)

    async def read_after(self, topic: Topic, after: int) -> list[LogEntry]:
        """The next batch of a topic after a cursor, from its log. Sockets that ask for the same share one reading."""
        return cut_batch(await self._read_log(topic, after))

    async def _read_log(self, topic: Topic, after: int) -> list[LogEntry]:
        key = (topic.name, after)
        reading = self._reads.get(key)
        if reading is None:
            stream = find_stream(topic.name)
            if stream is None:
                return []
            reading = asyncio.ensure_future(run_in_thread(partial(stream.read_after, topic.id, after, BATCH_EVENTS)))
            self._reads[key] = reading
            reading.add_done_callback(lambda _: self._reads.pop(key, None))
        return await asyncio.shield(reading)

    # ---- The safety check ---------------------------------------------------------------------------------------------------
    async def run_checks(self) -> None:
        """Every few seconds: lost last events, log-ins that have ended, topics that nobody hears."""
        while True:
            await asyncio.sleep(settings.REALTIME["SAFETY_SECONDS"])
            try:
                await self.check()
            except Exception as error:
                log_failure(logger, "the safety check failed", error)

    async def check(self) -> None:
        """One round of `run_checks`: one query for each kind of log, one for the log-ins."""
        self._forget_idle()
        await self._end_revoked()
        on_the_way = 0.0 if self._bus.state == "down" else TAIL_SECONDS
        await self._find_lost_tails(list(self.topics.values()), patience=on_the_way)

    def _forget_idle(self) -> None:
        now = asyncio.get_running_loop().time()
        for topic in list(self.topics.values()):
            if topic.idle_since is not None and now - topic.idle_since > settings.REALTIME["SAFETY_SECONDS"]:
                del self.topics[topic.name]
                self._passings.forget(topic)

    async def _find_lost_tails(self, topics: Sequence[Topic], *, patience: float = 0.0) -> None:
        """Repair the topics whose log is further than what came. Where many talk, some always are for a moment: what is only on its way
        comes within `patience`, and reading it in the log instead would cost more than all that was sent."""
        ahead = await self._find_ahead(topics)
        if ahead and patience:
            await asyncio.sleep(patience)
        for topic, newest in ahead:
            if topic.last < newest and self.topics.get(topic.name) is topic:
                self.repair(topic)

    async def _find_ahead(self, topics: Sequence[Topic]) -> list[tuple[Topic, int]]:
        """Topics whose newest event has not come, each with its number."""
        ahead: list[tuple[Topic, int]] = []
        by_prefix: dict[str, list[Topic]] = defaultdict(list)
        for topic in topics:
            by_prefix[topic.name.partition(":")[0]].append(topic)
        for alike in by_prefix.values():
            stream = find_stream(alike[0].name)
            if stream is None:
                continue
            for part in _chunks(alike):
                newest = await run_in_thread(partial(stream.last_seqs, [topic.id for topic in part]))
                ahead += [(topic, newest[topic.id]) for topic in part if newest.get(topic.id, 0) > topic.last]
        return ahead

    async def _end_revoked(self) -> None:
        for part in _chunks(self.all_sockets()):
            live = await run_in_thread(partial(list_live_keys, {socket.session_key for socket in part}))
            for socket in part:
                if socket.session_key not in live:
                    self.leave(socket)
                    socket.close(codes.REVOKED)

    # ---- Tasks --------------------------------------------------------------------------------------------------------------
    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """End all work of the hub."""
        self._passings.stop()
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        presence.clear()


def _chunks(items: Iterable[T]) -> list[list[T]]:
    everything = list(items)
    return [everything[start : start + _CHUNK] for start in range(0, len(everything), _CHUNK)]
