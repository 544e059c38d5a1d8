"""MariaDB is killed, its replica takes over, or its replica stays behind and dies."""

from __future__ import annotations

import asyncio
import threading
import time
import urllib.error
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from superapp.tests.faults.conftest import Tell
from superapp.tests.faults.crowd import Town, new_seed, percentile, rounds, until
from superapp.tests.live.conftest import MANY
from superapp.tests.live.server import ServerShape, Wire
from superapp.tests.live.swarm import proxied, spell
from superapp.tests.live.visitor import Answer
from superapp.tests.servers import DATABASES, PASSWORD, USER, MariaDB


class Pages(threading.Thread):
    """Somebody who opens pages, calls REST and sends by it, all the time; every answer is kept."""

    def __init__(self, town: Town) -> None:
        super().__init__(daemon=True)
        self._town = town
        self._over = threading.Event()
        self.answers: Counter[tuple[int, bool]] = Counter()  # status, and whether it says when to try again
        self.broken: list[str] = []

    def run(self) -> None:
        town, person = self._town, self._town.visitors[2]
        stranger = proxied(town.house.webs[1])
        deeds: list[Callable[[], Answer]] = [
            lambda: person.get("/rooms/"),
            lambda: person.get(f"/api/v1/rooms/{town.room}/messages"),
            lambda: stranger.get("/"),
            lambda: stranger.get("/api/v1/rooms"),
            lambda: town.say(person, "par la page"),
        ]
        while not self._over.is_set():
            for deed in deeds:
                try:
                    answer = deed()
                except (OSError, urllib.error.URLError) as error:
                    self.broken.append(repr(error))
                    continue
                patient = "retry-after" in {name.lower() for name in answer.headers}
                self.answers[answer.status, patient] += 1
                if answer.status >= 500 and not (answer.status == 503 and patient):
                    self.broken.append(f"{answer.status} {answer.url}: {answer.text[:300]}")
            self._over.wait(0.05)

    def end(self) -> None:
        self._over.set()
        self.join(60)

    @property
    def refused(self) -> int:
        return sum(count for (status, _patient), count in self.answers.items() if status == 503)


async def test_database_killed(town: Town, tell: Tell) -> None:
    seed, times = new_seed("database"), rounds(2, 20)
    back: list[float] = []
    pages = Pages(town)

    async def script() -> None:
        pages.start()
        for _round in range(times):
            await asyncio.sleep(seed.uniform(0, 1))
            town.house.database.kill()
            await asyncio.sleep(seed.uniform(1, 3))
            await asyncio.to_thread(town.house.database.start)
            back.append(await until(lambda: town.say(town.visitors[0], "encore").status == 201, 30))
        pages.end()

    verdict = await town.talk(script, seed)
    drops, unavailable = sum(client.drops for client in town.clients), town.unavailable()
    tell(times, verdict, unavailable=unavailable, pages_503=pages.refused, drops=drops, writes_back=max(back))
    assert unavailable > 0
    assert pages.refused > 0
    assert pages.broken == []
    assert town.traces() == []


BACK_SECONDS = 3  # writes after a promotion


def address(port: int, name: str = DATABASES[0]) -> str:
    return f"mysql://{USER}:{PASSWORD}@127.0.0.1:{port}/{name}"


@pytest.mark.faults
async def test_replica_promoted_after_the_primary_died(tmp_path: Path, tell: Tell) -> None:
    """Semi-synchronous: what was acknowledged is on the replica. A relay stands for the address that moves."""
    seed, times = new_seed("promote"), rounds(1, 5)
    primary = MariaDB(tmp_path / "db0", server_id=1, log_bin=True)
    wire = Wire(primary.port)
    variables = {"RESAKA_DATABASE_URL": address(wire.port), "RESAKA_KEYS_DATABASE_URL": address(wire.port, DATABASES[1])}
    house = ServerShape(tmp_path, {**MANY, **variables}, database=primary)
    servers = [primary]
    back: list[float] = []

    def follow() -> None:
        follower = MariaDB(tmp_path / f"db{len(servers)}", server_id=len(servers) + 1, log_bin=True)
        follower.start()
        servers.append(follower)
        follower.replicate_from(house.database)
        follower.wait_for(house.database, 120)

    try:
        house.start(webs=2)
        await asyncio.to_thread(follow)
        town = Town(house)
        town.heal()

        async def script() -> None:
            for _round in range(times):
                await asyncio.sleep(seed.uniform(0.5, 2))
                assert house.database.variable("Rpl_semi_sync_master_status") == "ON"
                house.database.kill()
                wire.cut()
                house.database = servers[-1]
                await asyncio.to_thread(house.database.promote)
                began = time.monotonic()
                wire.mend(house.database.port)
                await until(lambda: town.say(town.visitors[0], "encore").status == 201, 60)
                back.append(time.monotonic() - began)
                await asyncio.to_thread(follow)

        verdict = await town.talk(script, seed)
        drops, unavailable = sum(client.drops for client in town.clients), town.unavailable()
        tell(times, verdict, unavailable=unavailable, drops=drops, writes_back_max=max(back), writes_back_median=percentile(back, 0.5))
        assert max(back) < BACK_SECONDS
        assert town.traces() == []
    finally:
        for web in house.webs:
            web.stop()
        wire.close()
        house.redis.stop()
        for server in servers:
            server.kill()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Town, MariaDB]]:
    """A house whose chosen reads may come from a replica."""
    primary = MariaDB(tmp_path / "primary", fast=True, server_id=1, log_bin=True)
    replica = MariaDB(tmp_path / "replica", fast=True, server_id=2, log_bin=True)
    house = ServerShape(tmp_path, {**MANY, "RESAKA_REPLICA_URL": replica.url()}, database=primary)
    try:
        primary.start()
        replica.start()
        replica.replicate_from(primary, semi_sync=False)
        house.start(webs=2)
        replica.wait_for(primary, 120)
        yield Town(house), replica
    finally:
        for web in house.webs:
            web.stop()
        house.redis.stop()
        replica.kill()
        primary.kill()


class Author(threading.Thread):
    """Somebody who sends through one process and at once searches for it through both, again and again."""

    def __init__(self, town: Town, place: int, times: int) -> None:
        super().__init__(daemon=True)
        self._town, self._person, self._times = town, town.visitors[place], times
        self._elsewhere = self._person.at(town.house.webs[(place + 1) % 2].origin)
        self.reads = self.stale = 0
        self.errors: list[tuple[object, ...]] = []

    def run(self) -> None:
        for _number in range(self._times):
            word = spell(str(uuid.uuid4()))
            sent = self._town.say(self._person, f"mot {word}")
            for reader in (self._person, self._elsewhere) * 2:
                found = reader.get(f"/api/v1/rooms/{self._town.room}/search?q={word}")
                self.reads += 1
                if sent.status != 201 or found.status != 200:
                    self.errors.append((sent.status, found.status, found.text[:200]))
                elif len(found.data) != 1:
                    self.stale += 1


@pytest.mark.faults
def test_replica_behind_and_dead(pair: tuple[Town, MariaDB], tell: Tell) -> None:
    """Reads of what one has just written, while the replica works, is 30 s late, stands still, and is dead."""
    town, replica = pair
    town.heal()
    people, reads = 5, rounds(160, 10_000)
    states: dict[str, Callable[[], object]] = {
        "level": lambda: None,
        "late": lambda: replica.lag(30),
        "stopped": lambda: replica.execute("STOP SLAVE SQL_THREAD"),
        "dead": replica.kill,
    }
    selects = int(replica.variable("Com_select"))
    authors: list[Author] = []
    seconds: dict[str, float] = {}
    for name, change in states.items():
        if name == "late":
            selects = int(replica.variable("Com_select")) - selects
        change()
        began = time.monotonic()
        now = [Author(town, place, reads // len(states) // people // 4) for place in range(people)]
        for author in now:
            author.start()
        for author in now:
            author.join()
        authors += now
        seconds[f"seconds_{name}"] = time.monotonic() - began
    stale, errors = sum(author.stale for author in authors), [error for author in authors for error in author.errors]
    tell(sum(author.reads for author in authors), None, stale=stale, errors=len(errors), replica_selects=selects, **seconds)
    assert selects > 0
    assert (stale, errors) == (0, [])
    assert town.traces() == []
