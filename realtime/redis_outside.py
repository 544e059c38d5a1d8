"""A short-lived way to Redis for processes without a loop."""

from __future__ import annotations

from typing import Any

import redis
from redis.sentinel import Sentinel

from realtime.redis_link import Address

_TIMEOUT = 0.5


def connect(url: str) -> redis.Redis:
    """A client that gives up after half a second; the primary, when the address names sentinels."""
    address = Address.of(url)
    if address.service:
        sentinel: Any = Sentinel(address.hosts, socket_timeout=_TIMEOUT)
        login = {"username": address.user or None, "password": address.password or None}
        client: redis.Redis = sentinel.master_for(address.service, db=address.database, socket_timeout=_TIMEOUT, **login)
        return client
    return redis.Redis.from_url(url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT)
