"""Two web processes of the server shape, fifty people's sockets, and `kill -9` in between: 0 lost, 0 doubled, the same order for all.

RESAKA_LONG=1 sends 5 000 messages and kills a process at 2 % of them; RESAKA_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import time

import pytest

from superapp.tests.faults.checker import judge
from superapp.tests.live.server import ServerShape
from superapp.tests.live.swarm import Client, Traffic, enter, log_in_people, new_cids

LONG = os.environ.get("RESAKA_LONG") == "1"
MESSAGES, KILLS = (5_000, 100) if LONG else (600, 2)
PEOPLE, SOCKETS = 10, 5
pytestmark = pytest.mark.servers


async def test_kills_lose_nothing_double_nothing_and_keep_one_order(two_servers: ServerShape) -> None:
    house = two_servers
    number = int(os.environ.get("RESAKA_SEED") or time.time_ns() % 1_000_000)
    print(f"RESAKA_SEED={number}")  # noqa: T201
    seed = random.Random(number)
    visitors = log_in_people(house, PEOPLE)
    slug = visitors[0].get("/api/v1/rooms").data["rooms"][0]["slug"]
    (room,) = {enter(visitor, slug) for visitor in visitors}
    first = visitors[0].get(f"/api/v1/rooms/{room}").data["last"]
    cids = new_cids(MESSAGES, seed)
    clients = [
        Client(visitor=visitors[place % PEOPLE], webs=house.webs, room=room, cursor=first, at=place // PEOPLE % 2)
        for place in range(PEOPLE * SOCKETS)
    ]
    for place, cid in enumerate(cids):
        clients[place % len(clients)].outbox.append(cid)

    async def kill_one() -> None:
        await asyncio.sleep(seed.uniform(0, 0.05))  # before, during or after the commit of what is on its way
        web = seed.choice(house.webs)
        web.kill()
        await asyncio.to_thread(web.start)

    traffic = Traffic(seed.sample(range(len(clients), MESSAGES - 50), KILLS), kill_one)
    began = time.monotonic()
    lives = [asyncio.create_task(client.live(traffic)) for client in clients]

    async def aim() -> None:
        """Once all is acknowledged, the room's last number is what everybody must reach."""
        while any(client.outbox or client.waiting for client in clients):
            await asyncio.sleep(0.05)
        await traffic.settle()
        last = (await asyncio.to_thread(visitors[0].get, f"/api/v1/rooms/{room}")).data["last"]
        for client in clients:
            client.target = last

    await asyncio.gather(aim(), *lives)
    spent = time.monotonic() - began
    drops, longest = sum(client.drops for client in clients), max(client.longest for client in clients)
    print(f"{MESSAGES} messages, {traffic.done} kills, {drops} drops, back after at most {longest:.2f} s, {spent:.1f} s in all")  # noqa: T201
    judge(clients, set(cids), first)
    assert traffic.done == KILLS
    assert drops > 0
    assert [line for web in house.webs for line in web.tracebacks()] == []
