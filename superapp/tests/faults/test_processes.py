"""Web processes are killed, stopped, started and given a wrong clock under people who talk."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from superapp.tests.faults.checker import judge
from superapp.tests.faults.conftest import Tell
from superapp.tests.faults.crowd import Town, new_seed, percentile, rounds
from superapp.tests.live.server import ROOT, Server, ServerShape
from superapp.tests.live.swarm import Client, Traffic
from superapp.tests.live.visitor import Visitor

_FAKETIME = next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), "")


async def test_kill_of_a_web_process_in_mid_send(town: Town, tell: Tell) -> None:
    seed, times = new_seed("kill"), rounds(5, 200)

    async def script() -> None:
        for _round in range(times):
            await asyncio.sleep(seed.uniform(0, 0.3))
            web = seed.choice(town.house.webs)
            web.kill()
            await asyncio.to_thread(web.start)

    verdict = await town.talk(script, seed)
    backs = town.backs()
    tell(times, verdict, drops=len(backs), back_p99=percentile(backs), back_max=max(backs))
    assert len(backs) >= times
    assert town.traces() == []


async def test_drain(town: Town, tell: Tell) -> None:
    seed, times = new_seed("drain"), rounds(2, 20)
    codes: list[int | None] = []
    seconds: list[float] = []

    async def script() -> None:
        for number in range(times):
            await asyncio.sleep(seed.uniform(0, 0.5))
            web = town.house.webs[number % 2]
            began = time.monotonic()
            codes.append(await asyncio.to_thread(web.stop))
            seconds.append(time.monotonic() - began)
            await asyncio.to_thread(web.start)

    verdict = await town.talk(script, seed)
    closed = [code for client in town.clients for code in client.codes]
    byes = sum(client.byes for client in town.clients)
    tell(times, verdict, closed=len(closed), byes=byes, exit_max=max(seconds), codes=sorted(set(closed)))
    assert codes == [0] * times
    assert max(seconds) < 30
    assert set(closed) <= {1012, 4012}
    assert byes > 0
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
    crowd = [Client(visitor=Keyed(one, cookies[n // 4]), webs=[one, other], room=room, cursor=0, at=0) for n in range(sockets)]
    cids = [f"00000000-0000-4000-8000-{number:012x}" for number in range(60)]
    quiet = Traffic((), _nothing)

    def reached(seq: int) -> bool:
        return all(client.cursor >= seq for client in [talker, *crowd])

    async with asyncio.TaskGroup() as group:
        began = time.monotonic()
        for start in range(0, sockets, 100):
            for client in crowd[start : start + 100]:
                group.create_task(client.live(quiet))
            await asyncio.sleep(0.2)
        group.create_task(talker.live(quiet))
        talker.outbox += cids[:1]
        while not reached(1):
            await asyncio.sleep(0.05)
        opened = time.monotonic() - began
        asked = int(town.house.database.variable("Com_select"))
        one.kill()
        began = time.monotonic()
        for cid in cids[1:]:
            talker.outbox.append(cid)
            await asyncio.sleep(0.01)
        while not reached(len(cids)):
            await asyncio.sleep(0.02)
        caught_up = time.monotonic() - began
        asked = int(town.house.database.variable("Com_select")) - asked
        for client in [talker, *crowd]:
            client.target = len(cids)
    verdict = judge([talker, *crowd], set(cids), 0)
    tell(1, verdict, sockets=sockets, opened_in=opened, caught_up_in=caught_up, selects_a_socket=asked / sockets)
    assert min(client.drops for client in crowd) >= 1
    assert town.traces() == []


async def _nothing() -> None:
    pass


@pytest.mark.faults
@pytest.mark.parametrize("shift", ["+2h", "-2h"])
async def test_clock(town: Town, tell: Tell, shift: str) -> None:
    """One of the processes lives two hours off; everybody talks through both, and one more is killed."""
    assert _FAKETIME, "faketime is not installed"
    seed = new_seed("clock " + shift)
    house: ServerShape = town.house
    odd = house.web(LD_PRELOAD=_FAKETIME, FAKETIME=shift, FAKETIME_DONT_FAKE_MONOTONIC="1")
    straight = house.webs[1]
    straight.kill()
    await asyncio.to_thread(odd.start)
    house.webs[1] = odd

    async def script() -> None:
        await asyncio.sleep(5)
        house.webs[0].kill()
        await asyncio.to_thread(house.webs[0].start)
        await asyncio.sleep(2)

    try:
        verdict = await town.talk(script, seed)
    finally:
        odd.kill()
        house.webs[1] = straight
    tell(1, verdict, back_max=max(town.backs()))
    assert "Traceback" not in odd.log.read_text("utf-8")
