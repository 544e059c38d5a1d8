"""A room full of people who go on talking while a script takes parts of the house away."""

from __future__ import annotations

import asyncio
import math
import os
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from superapp.tests.faults.checker import Verdict, judge
from superapp.tests.live.server import Server, ServerShape
from superapp.tests.live.swarm import Client, Traffic, enter, log_in_people, new_cids
from superapp.tests.live.visitor import Answer, Visitor

LONG = os.environ.get("RESAKA_LONG") == "1"
PEOPLE, SOCKETS = 10, 50
Script = Callable[[], Awaitable[None]]


def rounds(short: int, long: int) -> int:
    """How often: seldom in `bin/test`, often in `bin/test --faults`."""
    return long if LONG else short


def new_seed(name: str) -> random.Random:
    """The chance of one test, told so that it can be had again."""
    number = os.environ["RESAKA_SEED"]  # conftest has seen to it
    print(f"RESAKA_SEED={number}")  # noqa: T201
    return random.Random(f"{number} {name}")


def percentile(values: Sequence[float], share: float = 0.99) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else 0.0


async def until(true: Callable[[], Any], seconds: float = 60) -> float:
    """Ask, in a thread, until it is true; how long that took."""
    began = time.monotonic()
    while not await asyncio.to_thread(true):
        assert time.monotonic() < began + seconds, "it did not come true"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


def resident(pid: int | None) -> float:
    """Memory of a process in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


class Town:
    """A house of the server shape, with people who are logged in and sit in one room."""

    def __init__(self, house: ServerShape) -> None:
        self.house = house
        self.visitors = log_in_people(house, PEOPLE)
        slug = self.visitors[0].get("/api/v1/rooms").data["rooms"][0]["slug"]
        (self.room,) = {enter(visitor, slug) for visitor in self.visitors}
        self.clients: list[Client] = []
        self._marks: dict[Path, int] = {}

    def heal(self) -> None:
        """All that a test took away is there again; what was logged so far is forgotten."""
        for server in (self.house.database, self.house.redis):
            server.resume()
            if not server.runs():
                server.start()
        for web in self.house.webs:
            if web.pid is None:
                web.start()
        self._marks = {web.log: web.log.stat().st_size for web in self.house.webs}

    def traces(self) -> list[str]:
        """Lines that tell of an error which nobody caught, since `heal`."""
        found = []
        for web in self.house.webs:
            with web.log.open("rb") as log:
                log.seek(self._marks.get(web.log, 0))
                found += [line[:2000] for line in log.read().decode("utf-8", "replace").splitlines() if "Traceback" in line]
        return found

    def last(self) -> int:
        """The number of the room's newest event."""
        return int(self.visitors[0].get(f"/api/v1/rooms/{self.room}").data["last"])

    def log_after(self, cursor: int) -> list[dict[str, Any]]:
        """The log as REST gives it."""
        events: list[dict[str, Any]] = []
        while part := self.visitors[1].get(f"/api/v1/rooms/{self.room}/events?after={cursor}&limit=200").data["events"]:
            events += part
            cursor = part[-1]["seq"]
        return events

    def say(self, visitor: Visitor, body: str, cid: str = "") -> Answer:
        """Send a message over REST; the answer."""
        cid = cid or str(uuid.uuid4())
        return visitor.send("POST", f"/api/v1/rooms/{self.room}/messages", {"body": body}, Idempotency_Key=cid)

    def make_client(self, place: int, cursor: int, webs: list[Server] | None = None) -> Client:
        webs = webs or self.house.webs
        return Client(
            visitor=self.visitors[place % len(self.visitors)],
            webs=webs,
            room=self.room,
            cursor=cursor,
            at=place // len(self.visitors) % len(webs),
        )

    async def talk(
        self, script: Script, seed: random.Random, *, sockets: int = SOCKETS, a_second: float = 50, at: int | None = None
    ) -> Verdict:
        """Everybody talks until the script has ended; then everything must be acknowledged, heard by all, and stand in the log once.

        With `at`, only those talk who are connected to that process at the start.
        """
        first = await asyncio.to_thread(self.last)
        self.clients = clients = [self.make_client(place, first) for place in range(sockets)]
        talkers = [client for client in clients if at in (None, client.at)]
        cids: set[str] = set()
        enough = asyncio.Event()
        quiet = Traffic((), _no_fault)

        async def feed() -> None:
            while not enough.is_set():
                (cid,) = new_cids(1, seed)
                cids.add(cid)
                seed.choice(talkers).outbox.append(cid)
                await asyncio.sleep(seed.expovariate(a_second))

        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(client.live(quiet))
            group.create_task(feed())
            while sum(len(client.acks) for client in clients) < 20 or min(client.cursor for client in clients) == first:
                await asyncio.sleep(0.05)
            await script()
            enough.set()
            while any(client.outbox or client.waiting for client in clients):
                await asyncio.sleep(0.05)
            last = await asyncio.to_thread(self.last)
            for client in clients:
                client.target = last
        log = await asyncio.to_thread(self.log_after, first)
        return judge(clients, cids, first, log)

    # ---- What the clients of the last talk have seen
    def backs(self) -> list[float]:
        """Seconds from the loss of a connection to the next answer."""
        return [seconds for client in self.clients for seconds in client.backs]

    def unavailable(self) -> int:
        """How many messages the house said it could not keep yet."""
        return sum(client.unavailable for client in self.clients)


async def _no_fault() -> None:
    pass
