"""Two processes and a real Redis between them: what one publishes the other hears, and what is lost the log repairs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import uvloop

from realtime.bus import Bus, Ended, Forgotten, Lost, Parcel, Passing, Posted, Veiled
from realtime.redis_bus import RedisBus
from realtime.redis_link import Address
from realtime.registry import LogEntry
from superapp.tests.servers import Redis, Sentinel

pytestmark = pytest.mark.servers
TOPIC = "room:aaaaaaaaaaaaaaaaaaaa"


def posted(seq: int) -> Posted:
    return Posted(topic=TOPIC, entries=(LogEntry(seq=seq, actor="ben", body=b'{"seq":%d}' % seq),))


class End:
    """One process's end of the bus."""

    def __init__(self, url: str) -> None:
        self.bus: Bus = RedisBus(url)
        self.heard: list[Parcel] = []
        self.backs = 0
        self.bus.attach(self.heard.extend, self._back)

    def _back(self) -> None:
        self.backs += 1


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that must come; a test that waits in vain ends by its time-out."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
async def ends(redis: Redis) -> AsyncIterator[tuple[End, End]]:
    if not redis.runs():
        redis.start()
    one, two = End(redis.url), End(redis.url)
    await until(lambda: one.bus.state == two.bus.state == "ok")
    yield one, two
    await one.bus.detach()
    await two.bus.detach()


async def test_the_own_process_hears_once_and_the_other_too(ends: tuple[End, End]) -> None:
    one, two = ends
    one.bus.publish_all([posted(1), posted(2)])
    await until(lambda: len(two.heard) == 2)
    await one.bus.exchange(b"")  # a full round trip: an echo of ours would have come before it
    assert one.heard == two.heard == [posted(1), posted(2)]


@pytest.mark.parametrize(
    "parcel",
    [
        Lost(user="amina", topic=TOPIC, code="banned"),
        Ended(user="amina", code=4010, session_key="k"),
        Veiled(user="amina", actor="ben", hidden=True),
        Forgotten(scope="user:7"),
        Passing(topic="user:amina", kind="note", actor="", data={"unread": 3}),
    ],
    ids=lambda parcel: type(parcel).__name__,
)
async def test_what_concerns_a_person_reaches_the_process_of_their_sockets(ends: tuple[End, End], parcel: Parcel) -> None:
    one, two = ends
    one.bus.publish(parcel)
    await until(lambda: bool(two.heard))
    assert two.heard == [parcel]


async def test_a_process_without_sockets_is_heard(ends: tuple[End, End], redis: Redis) -> None:
    _one, two = ends
    worker = RedisBus(redis.url)
    await asyncio.to_thread(worker.publish, posted(1))
    await until(lambda: bool(two.heard))
    assert two.heard == [posted(1)]


async def test_a_process_without_sockets_reads_the_notes_and_leaves_none(ends: tuple[End, End], redis: Redis) -> None:
    one, two = ends
    await one.bus.exchange(b"one")
    await two.bus.exchange(b"two")
    worker = RedisBus(redis.url)
    assert sorted(await asyncio.to_thread(worker.read_notes)) == [b"one", b"two"]
    assert one.bus.read_notes() == []  # it hears the others by itself
    assert await one.bus.exchange(b"one") == [b"two"]


async def test_without_redis_a_process_without_sockets_knows_of_nobody() -> None:
    worker = RedisBus("redis://127.0.0.1:1/0")
    assert await asyncio.to_thread(worker.read_notes) == []


async def test_notes_are_exchanged_and_those_of_the_dead_fade(ends: tuple[End, End], redis: Redis) -> None:
    one, two = ends
    assert await one.bus.exchange(b"one") == []
    assert await two.bus.exchange(b"two") == [b"one"]
    assert await one.bus.exchange(b"one") == [b"two"]
    for key in redis.execute("KEYS", "resaka:note:*").split():
        redis.execute("DEL", key)
    assert await one.bus.exchange(b"one") == []


async def test_a_killed_redis_comes_back_and_both_are_told(ends: tuple[End, End], redis: Redis) -> None:
    one, two = ends
    assert (one.backs, two.backs) == (1, 1)
    redis.kill()
    await until(lambda: one.bus.state == two.bus.state == "down")
    one.bus.publish(posted(1))  # lost for the other process, at once for the own
    await until(lambda: one.heard == [posted(1)])
    assert await one.bus.exchange(b"") == []
    redis.start()
    await until(lambda: one.bus.state == two.bus.state == "ok")
    assert (one.backs, two.backs) == (2, 2)  # from here on the hub reads in the log what it missed
    one.bus.publish(posted(2))
    await until(lambda: bool(two.heard))
    assert two.heard == [posted(2)]


async def test_a_redis_that_no_longer_answers_is_given_up(ends: tuple[End, End], redis: Redis) -> None:
    one, _two = ends
    redis.pause()
    try:
        await until(lambda: one.bus.state == "down")
    finally:
        redis.resume()
    await until(lambda: one.bus.state == "ok")


def test_the_loop_that_serves_carries_it_too(redis: Redis) -> None:
    """uvloop's transports are of no asyncio class."""
    if not redis.runs():
        redis.start()

    async def speak() -> list[Parcel]:
        one, two = End(redis.url), End(redis.url)
        await until(lambda: one.bus.state == two.bus.state == "ok")
        one.bus.publish(posted(1))
        await until(lambda: bool(two.heard))
        await one.bus.detach()
        await two.bus.detach()
        return two.heard

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(speak()) == [posted(1)]


async def test_without_redis_nothing_raises_and_the_own_process_goes_on(tmp_path: Path) -> None:
    end = End(f"unix://{tmp_path / 'nobody.sock'}")
    end.bus.publish(posted(1))
    await until(lambda: end.heard == [posted(1)])
    assert (end.bus.state, end.backs) == ("down", 0)
    await asyncio.to_thread(RedisBus(f"unix://{tmp_path / 'nobody.sock'}").publish, posted(1))
    await end.bus.detach()


async def test_after_a_failover_the_new_primary_carries_the_bus(tmp_path: Path) -> None:
    with (
        Redis(tmp_path / "one") as first,
        Redis(tmp_path / "two", replica_of=first) as second,
        Sentinel(tmp_path / "sentinel", first, down_after_ms=500) as sentinel,
    ):
        one, two = End(sentinel.url), End(sentinel.url)
        await until(lambda: one.bus.state == two.bus.state == "ok")
        await until(
            lambda: f"port={second.port}" in sentinel.execute("INFO", "sentinel") or "slaves=1" in sentinel.execute("INFO", "sentinel")
        )
        first.kill()
        async with asyncio.timeout(40):
            while one.bus.state != "ok" or two.bus.state != "ok" or two.backs < 2:
                await asyncio.sleep(0.05)
        one.bus.publish(posted(7))
        await until(lambda: posted(7) in two.heard)
        await one.bus.detach()
        await two.bus.detach()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://127.0.0.1:7000/3", Address(hosts=(("127.0.0.1", 7000),), database=3)),
        ("rediss://ali:se%40cret@redis", Address(hosts=(("redis", 6379),), user="ali", password="se@cret", tls=True)),
        ("unix:///run/redis.sock?db=2", Address(hosts=(("127.0.0.1", 6379),), path="/run/redis.sock", database=2)),
        ("sentinel://a:1,b/main?db=1", Address(hosts=(("a", 1), ("b", 26379)), service="main", database=1)),
    ],
)
def test_addresses(url: str, address: Address) -> None:
    assert Address.of(url) == address
