"""Our addresses of a broker in Celery's words."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# What nobody has acknowledged is handed out again after this; longer than any task may take (superapp.celery).
VISIBLE_SECONDS = 600

_REDIS: dict[str, Any] = {
    "visibility_timeout": VISIBLE_SECONDS,
    "global_keyprefix": "jobs:",  # the cache and the bus may live in the same database
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "socket_keepalive": True,
}
# RabbitMQ confirms what it has taken; without that, handing over to a dying broker looks like a success.
_RABBIT: dict[str, Any] = {"confirm_publish": True, "read_timeout": 10, "write_timeout": 10}


def address(variable: str, url: str) -> str:
    """A checked address: `amqp://`, `amqps://`, `redis://`, `rediss://`, `unix://`, or `sentinel://host:port,host:port/service`.

    Raises:
        ImproperlyConfigured: naming the variable.
    """
    if urlsplit(url).scheme not in {"amqp", "amqps", "redis", "rediss", "unix", "sentinel"}:
        raise ImproperlyConfigured(f"{variable}: expected amqp://, amqps://, redis://, rediss://, unix:// or sentinel://")
    return url


def options(url: str) -> dict[str, Any]:
    """The settings of Celery for an address; Sentinel and Unix sockets are spelled differently there."""
    parts = urlsplit(url)
    if parts.scheme == "sentinel":
        login, at, hosts = parts.netloc.rpartition("@")
        urls = ";".join(f"sentinel://{login}{at}{host}/0" for host in hosts.split(","))
        return {"broker_url": urls, "broker_transport_options": {**_REDIS, "master_name": parts.path.strip("/")}}
    if parts.scheme == "unix":
        return {"broker_url": f"redis+socket://{parts.netloc}{parts.path}", "broker_transport_options": dict(_REDIS)}
    if parts.scheme in {"redis", "rediss"}:
        return {"broker_url": url, "broker_transport_options": dict(_REDIS)}
    return {"broker_url": url, "broker_transport_options": dict(_RABBIT)}
