"""A web process is killed: how soon is everybody back? What is timed needs the machine for itself: the long set runs this file alone."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time

from superapp.tests.faults.checker import judge
from superapp.tests.faults.conftest import Tell
from superapp.tests.faults.crowd import Town, new_seed, percentile, rounds
from superapp.tests.faults.listener import Listener
from superapp.tests.live.server import ROOT, Server
from superapp.tests.live.swarm import Client, Traffic
from superapp.tests.live.visitor import Visitor

BACK_SECONDS, CAUGHT_UP_SECONDS = 3, 10  # the targets of docs/operations.md


async def test_kill_of_a_web_process_in_mid_send(town: Town, tell: Tell) -> None:
    """Of three processes one is always there for everybody, while the others come back."""
    seed, times = new_seed("kill"), rounds(5, 200)
    third = town.house.web()
    await asyncio.to_thread(third.start)
    webs = town.house.webs = [*town.house.webs, third]
    coming: dict[Server, asyncio.Task[None]] = {}

    async def script() -> None:
        for _round in range(times):
            await asyncio.sleep(seed.uniform(0, 0.3))
            while len(coming) == len(webs) - 1:
                await asyncio.wait(coming.values(), return_when=asyncio.FIRST_COMPLETED)
                for web in [web for web, task in coming.items() if task.done()]:
                    await coming.pop(web)
            web = seed.choice([web for web in webs if web not in coming])
            web.kill()
            coming[web] = asyncio.create_task(asyncio.to_thread(web.start))
        await asyncio.gather(*coming.values())

    try:
        verdict = await town.talk(script, seed)
    finally:
        third.kill()
    backs = town.backs()
    tell(times, verdict, drops=len(backs), back_p99=percentile(backs), back_max=max(backs))
    assert len(backs) >= times
    assert percentile(backs) < BACK_SECONDS
    assert town.traces() == []


class Keyed(Visitor):
    """Somebody whose session was made in the database."""

    def __init__(self, web: Server, cookie: str) -> None:
        super().__init__(web.origin, web.public)
        self._cookie = cookie

    @property
    def cookies(self) -> str:
        return self._cookie


def seat_many(web: Server, people: int) -> tuple[list[str], str]:
    """People with sessions in a room of their own: their cookies, and the room."""
    order = json.dumps({"people": people, "rooms": [[people, 0]]})
    command = [sys.executable, "-m", "benchmarks.seed"]
    done = subprocess.run(command, cwd=ROOT, env=web.env, input=order, capture_output=True, text=True, timeout=300, check=True)
    answer = json.loads(done.stdout)
    return [f"{answer['cookie']}={key}" for key in answer["keys"]], answer["rooms"][0]


async def test_storm_of_sockets_that_return_at_once(town: Town, tell: Tell) -> None:
    """All sit on one process, which is killed; while they rush to the other, somebody goes on talking."""
    sockets = rounds(200, 2000)
    one, other = town.house.webs
    cookies, room = await asyncio.to_thread(seat_many, one, sockets // 4 + 1)
    talker = Client(visitor=Keyed(other, cookies[-1]), webs=[other], room=room, cursor=0, at=0)
    crowd = [Listener(cookies=cookies[n // 4], webs=[one, other], room=room) for n in range(sockets)]
    cids = [f"00000000-0000-4000-8000-{number:012x}" for number in range(60)]
    quiet = Traffic((), _nothing)

    def reached(seq: int) -> bool:
        return talker.cursor >= seq and all(listener.cursor >= seq for listener in crowd)

    async with asyncio.TaskGroup() as group:
        began = time.monotonic()
        for start in range(0, sockets, 100):
            for listener in crowd[start : start + 100]:
                group.create_task(listener.live())
            await asyncio.sleep(0.2)
        group.create_task(talker.live(quiet))
        talker.outbox += cids[:1]
        while not reached(1):
            await asyncio.sleep(0.05)
        opened = time.monotonic() - began
        one.kill()
        statements = town.house.database.log_statements()
        began = time.monotonic()
        for cid in cids[1:]:
            talker.outbox.append(cid)
            await asyncio.sleep(0.01)
        while not reached(len(cids)):
            await asyncio.sleep(0.02)
        caught_up = time.monotonic() - began
        asked = [line for line in statements() if line.startswith("SELECT")]
        talker.target = len(cids)
        for listener in crowd:
            listener.target = len(cids)
    verdict = judge([talker, *crowd], set(cids), 0)
    history = sum("chat_roomevent" in line for line in asked)
    others = (len(asked) - history) / sockets
    tell(1, verdict, sockets=sockets, opened_in=opened, caught_up_in=caught_up, history_queries=history, other_queries_a_socket=others)
    assert min(listener.drops for listener in crowd) >= 1
    assert caught_up < CAUGHT_UP_SECONDS
    assert history <= 2 * len(cids)  # they share what they read: as many as there are places to start from, not as there are sockets
    assert len(asked) - history <= 3 * sockets + 500  # and what sixty messages and everything else ask meanwhile
    assert town.traces() == []


async def _nothing() -> None:
    pass
