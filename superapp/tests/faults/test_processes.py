"""Web processes are stopped, started and given a wrong clock under people who talk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from superapp.tests.faults.conftest import Tell
from superapp.tests.faults.crowd import Town, new_seed, rounds
from superapp.tests.faults.holding import PUBLISH, first_word, holder, run_until_taken
from superapp.tests.live.server import Server

_FAKETIME = next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), "")


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


@contextmanager
def another_clock(web: Server, shift: str) -> Iterator[None]:
    """The process comes back with a clock of its own, and at the end with the right one."""
    env, marked = web.env, web.log.stat().st_size
    web.kill()
    web.env = {**env, "LD_PRELOAD": _FAKETIME, "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    web.start()
    try:
        yield
    finally:
        web.kill()
        web.env = env
    assert "Traceback" not in web.log.read_text("utf-8")[marked:]


@pytest.mark.faults
@pytest.mark.skipif(not _FAKETIME, reason="libfaketime is missing: apt-get install faketime")
@pytest.mark.parametrize("shift", ["+2h", "-2h"])
async def test_clock(town: Town, tell: Tell, shift: str) -> None:
    """One of two processes lives two hours off; everybody talks through both, and the other is killed."""
    seed = new_seed("clock " + shift)
    straight, odd = town.house.webs

    async def script() -> None:
        await asyncio.sleep(5)
        straight.kill()
        await asyncio.to_thread(straight.start)
        await asyncio.sleep(2)

    with another_clock(odd, shift):
        verdict = await town.talk(script, seed)
        refused, taken, due = await asyncio.to_thread(leases_of_another_clock, town, odd)
    tell(1, verdict, back_max=max(town.backs()), leases_refused=refused, lease_taken_after=taken, due_off_by=due)
    assert taken < 60
    assert due < 60
    assert town.traces() == []


def leases_of_another_clock(town: Town, odd: Server) -> tuple[int, float, int]:
    """The odd one takes no lease that somebody has, and keeps none for longer than it said.

    How often it was refused, how long the lease of a killed one lasted, and by how many seconds what it publishes is due early or late.
    """
    straight = town.house.webs[0]
    with holder(straight, "job", "fault.straight", "20") as process:
        assert first_word(process) == "held"
        with holder(odd, "job", "fault.straight", "20") as other:
            assert first_word(other) == "refused"
    with holder(odd, "job", "fault.odd", "20") as process:
        assert first_word(process) == "held"
    said, taken = run_until_taken(straight, "job", "fault.odd", "20")
    town.house.database.execute("DELETE FROM core_lease WHERE name LIKE 'fault.%'", database="resaka")
    odd.manage("shell", "--no-imports", "-c", PUBLISH)
    off = "SELECT ABS(TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), due_at)) AS off FROM core_outboxevent ORDER BY id DESC LIMIT 1"
    return 1 + len(said) - 1, taken, int(town.house.database.execute(off, database="resaka")[0]["off"])
