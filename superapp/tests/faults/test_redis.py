"""Redis is killed, absent, or replaced by its replica: messages go on, each process hears from the log what the bus did not bring."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.tests.doors import code_of
from superapp.tests.faults.conftest import Tell
from superapp.tests.faults.crowd import Town, new_seed, rounds, until
from superapp.tests.live.conftest import MANY
from superapp.tests.live.server import PASSWORD, Server, ServerShape
from superapp.tests.live.swarm import proxied
from superapp.tests.live.visitor import Visitor
from superapp.tests.servers import MariaDB, Redis, Sentinel

TICK = 5  # seconds between two looks at the log
SLACK = 5  # for a busy machine
_SECRET = """
from accounts.queries import find_user_by_email
from accounts.services.factors import ensure_totp
print(ensure_totp(user=find_user_by_email(email="mod@demo.test")))
"""
CUT = "Coupés entre les machines"


def standing(web: Server) -> tuple[int, dict[str, Any]]:
    """What /readyz says; it must be 200."""
    with urllib.request.urlopen(web.origin + "/readyz", timeout=10) as answer:  # noqa: S310  (our own address)
        return answer.status, json.loads(answer.read())


def bus(town: Town) -> list[str]:
    return [standing(web)[1]["bus"] for web in town.house.webs]


def enter_team(town: Town) -> Visitor:
    """Somebody of the team at the first process, with both proofs."""
    web = town.house.webs[0]
    web.manage("make_staff", "mod@demo.test")
    secret = web.manage("shell", "--no-imports", "-c", _SECRET).split()[-1]
    person = proxied(web)
    person.log_in("mod@demo.test", PASSWORD)
    person.post("/2fa/authenticate/", code=code_of(secret))
    return person


def staff_page(person: Visitor) -> str:
    """How the service does, as the team reads it."""
    answer = person.get("/admin/")
    assert answer.status == 200, answer.text
    return answer.text


async def passage(town: Town) -> float:
    """How long a message takes from a page of the one process to the sockets of the other."""
    other = [client for client in town.clients if client.at == 1]
    assert other
    began = time.monotonic()
    cid = str(uuid.uuid4())
    answer = await asyncio.to_thread(town.say, town.visitors[0], "passage", cid)  # visitor 0 speaks to process 0
    assert answer.status == 201, answer.text
    seq = answer.data["seq"]
    while any(client.cursor < seq for client in other):
        await asyncio.sleep(0.005)
    return time.monotonic() - began


async def test_redis_killed(town: Town, tell: Tell) -> None:
    seed, times = new_seed("redis"), rounds(1, 20)
    without: list[float] = []
    after: list[float] = []
    back: list[float] = []

    async def script() -> None:
        for _round in range(times):
            await asyncio.sleep(seed.uniform(0, 0.5))
            town.house.redis.kill()
            await until(lambda: bus(town) == ["down", "down"], 10)
            without.extend([await passage(town), await passage(town)])
            assert [standing(web)[1]["degraded"] for web in town.house.webs] == [["bus"]] * 2
            assert (await asyncio.to_thread(town.visitors[1].get, f"/api/v1/rooms/{town.room}/messages")).status == 200
            await asyncio.to_thread(town.house.redis.start)
            back.append(await until(lambda: bus(town) == ["ok", "ok"], 10))
            after.append(await passage(town))

    verdict = await town.talk(script, seed, a_second=20, at=0)
    drops = sum(client.drops for client in town.clients)
    tell(times, verdict, drops=drops, heard_without=max(without), bus_back=max(back), heard_after=max(after))
    assert drops == 0
    assert max(without) < TICK + SLACK
    assert town.traces() == []


async def test_redis_absent_at_start(town: Town, tell: Tell) -> None:
    seed = new_seed("absent")
    house = town.house
    for web in house.webs:
        web.stop()
    house.redis.kill()
    for web in house.webs:
        await asyncio.to_thread(web.start)
    assert [standing(web)[1]["bus"] for web in house.webs] == ["down", "down"]
    heard: list[float] = []

    async def script() -> None:
        heard.append(await passage(town))
        team = await asyncio.to_thread(enter_team, town)
        assert CUT in await asyncio.to_thread(staff_page, team)
        await asyncio.sleep(rounds(1, 60))  # gone for long
        heard.append(await passage(town))
        await asyncio.to_thread(house.redis.start)
        await until(lambda: bus(town) == ["ok", "ok"], 10)
        heard.append(await passage(town))
        assert CUT not in await asyncio.to_thread(staff_page, team)

    verdict = await town.talk(script, seed, a_second=20, at=0)
    tell(1, verdict, heard_without=max(heard[:2]), heard_after=heard[2])
    assert max(heard[:2]) < TICK + SLACK
    assert town.traces() == []


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Town, Sentinel, list[Redis]]]:
    """A house whose Redis has a replica and a Sentinel that watches both."""
    house = ServerShape(tmp_path, MANY, database=MariaDB(tmp_path / "mariadb"))
    replica = Redis(tmp_path / "replica", replica_of=house.redis)
    sentinel = Sentinel(tmp_path / "sentinel", house.redis, down_after_ms=500)
    house.variables["RESAKA_REDIS_URL"] = sentinel.url
    try:
        house.redis.start()
        replica.start()
        sentinel.start()
        house.start(webs=2)
        town = Town(house)
        town.heal()
        yield town, sentinel, [house.redis, replica]
    finally:
        for web in house.webs:
            web.stop()
        for server in (sentinel, replica, house.redis, house.database):
            server.stop()


@pytest.mark.faults
async def test_sentinel_failover(watched: tuple[Town, Sentinel, list[Redis]], tell: Tell) -> None:
    town, sentinel, pair = watched
    seed, times = new_seed("sentinel"), rounds(1, 20)
    back: list[float] = []
    heard: list[float] = []

    def knows_a_replica() -> bool:
        """Until Sentinel has found the one that came back, it has nobody to promote."""
        return "role:slave" in next(one for one in pair if one.port != sentinel.primary_port()).execute("INFO", "replication") and (
            "master_link_status:up" in next(one for one in pair if one.port != sentinel.primary_port()).execute("INFO", "replication")
        )

    async def script() -> None:
        for _round in range(times):
            await until(knows_a_replica, 60)
            await asyncio.sleep(2 + seed.uniform(0, 0.5))  # Sentinel asks its servers every so often
            old = next(one for one in pair if one.port == sentinel.primary_port())
            old.kill()
            began = time.monotonic()
            heard.append(await passage(town))
            await until(lambda gone=old.port: sentinel.primary_port() != gone, 60)  # type: ignore[misc]  # mypy cannot infer a default
            await until(lambda: bus(town) == ["ok", "ok"], 30)
            back.append(time.monotonic() - began)
            heard.append(await passage(town))
            await asyncio.to_thread(old.start)

    verdict = await town.talk(script, seed, a_second=10, at=0)
    tell(times, verdict, bus_back_max=max(back), heard_max=max(heard), drops=sum(client.drops for client in town.clients))
    assert max(heard) < TICK + SLACK
    assert town.traces() == []
