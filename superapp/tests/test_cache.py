"""The shared cache: Redis when it is there, the memory of the process when it is not, and nobody waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from core import cache as module
from core.breaker import Breaker
from core.cache import SteadyCache
from superapp.tests.servers import Redis, Sentinel

servers = pytest.mark.servers


def make_cache(url: str, **params: object) -> SteadyCache:
    return SteadyCache(url, {"OPTIONS": {"MAX_ENTRIES": 100}, **params})


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path / "redis").start()
    yield server
    server.kill()
    module._pool(server.url).disconnect()


@servers
def test_it_keeps_what_processes_share(redis: Redis) -> None:
    one, other = make_cache(redis.url), make_cache(redis.url)
    assert one.add("a", 1, 60)
    assert not other.add("a", 5, 60)
    assert other.incr("a") == 2
    assert one.get("a") == 2
    one.set("d", {"fr": ["x"]}, 60)
    assert other.get("d") == {"fr": ["x"]}
    assert other.get_many(["a", "d", "none"]) == {"a": 2, "d": {"fr": ["x"]}}
    assert one.set_many({"m": True, "n": None}, 60) == []
    assert other.get("m") is True
    assert other.has_key("m")
    assert one.touch("m", 5)
    one.delete_many(["m"])
    assert not other.has_key("m")
    assert one.delete("a")
    assert not one.delete("a")
    with pytest.raises(ValueError):
        one.incr("a")
    assert other.get("gone", "default") == "default"


@servers
def test_a_window_that_ends_leaves_no_counter_without_an_end(redis: Redis) -> None:
    cache = make_cache(redis.url)
    cache.add("w", 1, 1)
    assert cache.incr("w") == 2
    assert redis.execute("TTL", "cache:1:w") in {":1\r\n", ":0\r\n"}


@servers
def test_clear_leaves_the_queue_and_the_bus_alone(redis: Redis) -> None:
    cache = make_cache(redis.url)
    redis.execute("SET", "jobs:x", "1")
    cache.set("mine", 1)
    cache.clear()
    assert cache.get("mine") is None
    assert redis.execute("EXISTS", "jobs:x") == ":1\r\n"


@servers
def test_what_is_no_json_is_refused_not_pickled(redis: Redis) -> None:
    with pytest.raises(TypeError):
        make_cache(redis.url).set("o", object())


@servers
@pytest.mark.parametrize("fault", ["kill", "pause"])
def test_a_dead_redis_neither_fails_nor_slows_a_page_and_comes_back(redis: Redis, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.3)
    module.breaker.cache_clear()
    cache = make_cache(redis.url)
    cache.set("far", 1)
    getattr(redis, fault)()
    waited = []
    for number in range(50):
        start = time.perf_counter()
        cache.set("near", number)
        assert cache.get("near") == number
        waited.append(time.perf_counter() - start)
    assert max(waited) < 2 * module.PATIENCE + 0.1  # one caller waits once; a shared machine adds its own
    assert sorted(waited)[-3] < 0.02
    redis.start() if fault == "kill" else redis.resume()
    limit = time.monotonic() + 10
    while not module.breaker(redis.url).closed:
        cache.set("again", 1)
        assert time.monotonic() < limit
    assert cache.get("near") != 49  # what stood in is gone: Redis speaks for all processes again
    assert cache.get("again") == 1
    assert redis.execute("EXISTS", "cache:1:again") == ":1\r\n"


@servers
def test_a_redis_that_restarted_between_two_pages_is_not_missed(redis: Redis) -> None:
    """Old connections in the pool are renewed without counting as a failure."""
    cache = make_cache(redis.url)
    cache.set("a", 1)
    redis.kill()
    redis.start()
    cache.set("b", 1)
    assert module.breaker(redis.url).closed
    assert redis.execute("EXISTS", "cache:1:b") == ":1\r\n"


@servers
def test_sentinel_leads_to_the_server_that_is_primary_now(tmp_path: Path) -> None:
    primary = Redis(tmp_path / "one").start()
    replica = Redis(tmp_path / "two", replica_of=primary).start()
    watcher = Sentinel(tmp_path / "watch", primary, down_after_ms=300).start()
    try:
        cache = make_cache(f"sentinel://127.0.0.1:1,127.0.0.1:{watcher.port}/resaka")
        cache.set("a", 1)
        assert primary.execute("EXISTS", "cache:1:a") == ":1\r\n"
        limit = time.monotonic() + 30
        while "num-slaves\r\n$1\r\n1" not in watcher.execute("SENTINEL", "MASTER", "resaka"):
            assert time.monotonic() < limit
        primary.kill()
        while replica.execute("EXISTS", "cache:1:b") != ":1\r\n":
            cache.set("b", 1)
            assert time.monotonic() < limit
    finally:
        for server in (watcher, primary, replica):
            server.kill()


def test_without_any_redis_it_is_a_cache_all_the_same() -> None:
    cache = make_cache("redis://127.0.0.1:1/0")
    assert cache.add("a", 1, 60)
    assert cache.incr("a") == 2
    assert cache.get("a") == 2
    cache.clear()
    assert cache.get("a") is None
    assert not module.breaker("redis://127.0.0.1:1/0").closed


def test_a_pool_asks_sentinel_with_its_own_patience() -> None:
    pool = module.connection_pool("sentinel://:pass%20word@a:1,b:2/main", socket_timeout=0.1)
    manager = pool.sentinel_manager  # type: ignore[attr-defined]
    watchers = [one.connection_pool.connection_kwargs for one in manager.sentinels]
    assert [(one["host"], one["port"]) for one in watchers] == [("a", 1), ("b", 2)]
    assert pool.connection_kwargs["password"] == "pass word"
    assert {one["socket_timeout"] for one in watchers} == {0.1}


def test_a_breaker_lets_one_try_for_all() -> None:
    breaker = Breaker(seconds=0.05)
    assert breaker.allows()
    assert breaker.failed()
    assert not breaker.failed()  # known already
    assert not breaker.allows()
    limit = time.monotonic() + 5
    while not breaker.allows():
        assert time.monotonic() < limit
    assert not breaker.allows()
    assert breaker.worked()
    assert not breaker.worked()
    assert breaker.allows()


def test_errors_of_redis_are_all_of_one_family() -> None:
    """The stand-in catches by this family; a new version that leaves it would let errors out into pages."""
    from redis import exceptions

    assert all(
        issubclass(getattr(exceptions, name), RedisError)
        for name in ("ConnectionError", "TimeoutError", "ResponseError", "ReadOnlyError", "BusyLoadingError", "OutOfMemoryError")
    )
