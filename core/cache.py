"""The shared cache in Redis, which may go away at any moment: then the memory of the process stands in until it is back.

What is kept here may be lost: counters of pace, short-lived answers. Values are JSON, so that whoever writes to Redis runs nothing here.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as GoneError
from redis.exceptions import RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from core.breaker import Breaker

logger = logging.getLogger("resaka.cache")

PATIENCE = 0.05  # seconds a page may wait for Redis before it does without
PAUSE = 3.0  # seconds during which nobody asks again

# Django asks and increments in two steps; between them the window may end, and the counter would then stand for ever.
_INCREMENT = "if redis.call('exists', KEYS[1]) == 1 then return redis.call('incrby', KEYS[1], ARGV[1]) end return false"


def connection_pool(url: str, **options: Any) -> redis.ConnectionPool:
    """A pool for `redis://`, `rediss://`, `unix://`, or `sentinel://[user:password@]host:port,host:port/service`."""
    parts = urlsplit(url)
    if parts.scheme != "sentinel":
        return redis.ConnectionPool.from_url(url, **options)
    login, _at, hosts = parts.netloc.rpartition("@")
    user, _colon, password = login.partition(":")
    watchers = [(host, int(port or 26379)) for host, _colon, port in (one.rpartition(":") for one in hosts.split(","))]
    waits = {key: value for key, value in options.items() if key.startswith("socket_") or key == "retry"}
    options |= {"username": unquote(user) or None, "password": unquote(password) or None}
    sentinel = Sentinel(watchers, sentinel_kwargs=waits, **options)
    return SentinelConnectionPool(parts.path.strip("/"), sentinel, **options)


@functools.cache
def _pool(url: str) -> redis.ConnectionPool:
    """One pool a process: Django makes a cache object for every request. A connection that Redis has closed is renewed once, at once."""
    retry = Retry(NoBackoff(), 1, supported_errors=(GoneError,))
    return connection_pool(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=retry)


@functools.cache
def breaker(url: str) -> Breaker:
    """What this process knows of that Redis."""
    return Breaker(seconds=PAUSE)


class _Json:
    """Whole numbers stay as they are, for INCR."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj, separators=(",", ":")).encode()

    def loads(self, data: Any) -> Any:
        return json.loads(data)


class _Client(RedisCacheClient):
    """Django's client with our pool, an atomic increment, and a `clear` that leaves alone what is not the cache's."""

    def __init__(self, url: str, prefix: str) -> None:
        super().__init__([url], serializer=_Json())
        self._url = url
        self._prefix = prefix

    def _get_connection_pool(self, write: bool) -> redis.ConnectionPool:
        return _pool(self._url)

    def incr(self, key: Any, delta: int) -> int:
        count = self.get_client(key, write=True).eval(_INCREMENT, 1, key, delta)
        if count is None:
            raise ValueError(f"no such key: {key!r}")
        return int(count)

    def clear(self) -> bool:
        client = self.get_client(None, write=True)
        for key in client.scan_iter(match=f"{self._prefix}:*", count=1000):
            client.delete(key)
        return True


class _Far(RedisCache):
    def __init__(self, url: str, params: dict[str, Any]) -> None:
        super().__init__([url], params)
        self._client = _Client(url, self.key_prefix)

    @property
    def _cache(self) -> _Client:
        return self._client


class SteadyCache(LocMemCache):
    """Django's cache of the server shape. While Redis is away it is the memory of this process, and nobody notices more than that."""

    def __init__(self, url: str, params: dict[str, Any]) -> None:
        params = {"KEY_PREFIX": "cache", **params}
        super().__init__(f"beside {url}", params)
        self._far = _Far(url, params)
        self._breaker = breaker(url)

    def _ask(self, far: Callable[[], Any], near: Callable[[], Any]) -> Any:
        if self._breaker.allows():
            try:
                answer = far()
            except (RedisError, OSError) as error:
                if self._breaker.failed():
                    logger.warning("cache away", extra={"fields": {"why": f"{type(error).__name__}: {error}"}})
            else:
                if self._breaker.worked():
                    logger.warning("cache back")
                    super().clear()  # what stood in meanwhile is old by the next time
                return answer
        return near()

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        near = super().add
        return bool(self._ask(lambda: self._far.add(key, value, timeout, version), lambda: near(key, value, timeout, version)))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        near = super().get
        return self._ask(lambda: self._far.get(key, default, version), lambda: near(key, default, version))

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        near = super().set
        self._ask(lambda: self._far.set(key, value, timeout, version), lambda: near(key, value, timeout, version))

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        near = super().touch
        return bool(self._ask(lambda: self._far.touch(key, timeout, version), lambda: near(key, timeout, version)))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        near = super().incr
        return int(self._ask(lambda: self._far.incr(key, delta, version), lambda: near(key, delta, version)))

    def delete(self, key: str, version: int | None = None) -> bool:
        near = super().delete
        return bool(self._ask(lambda: self._far.delete(key, version), lambda: near(key, version)))

    def has_key(self, key: str, version: int | None = None) -> bool:
        near = super().has_key
        return bool(self._ask(lambda: self._far.has_key(key, version), lambda: near(key, version)))

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        near, wanted = super().get_many, list(keys)
        return dict(self._ask(lambda: self._far.get_many(wanted, version), lambda: near(wanted, version)))

    def set_many(self, data: dict[str, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[str]:
        near = super().set_many
        return list(self._ask(lambda: self._far.set_many(data, timeout, version), lambda: near(data, timeout, version)))

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        near, wanted = super().delete_many, list(keys)
        self._ask(lambda: self._far.delete_many(wanted, version), lambda: near(wanted, version))

    def clear(self) -> None:
        super().clear()
        self._ask(self._far.clear, lambda: None)
