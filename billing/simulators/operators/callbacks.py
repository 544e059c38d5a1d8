"""Messages from an operator to the merchant. They go to this machine alone, whatever address was given."""

from __future__ import annotations

import http.client
import ipaddress
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SECONDS = 10.0


@dataclass(frozen=True)
class Message:
    """What is sent where."""

    method: str
    url: str
    body: dict[str, Any]


def is_here(url: str) -> bool:
    """Whether an address is of this machine."""
    parts = urlsplit(url)
    try:
        return parts.scheme == "http" and (parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback)
    except ValueError:
        return False


def deliver(message: Message) -> int:
    """Send it once; the status of the answer, 0 if there was none."""
    if not is_here(message.url):
        return 0
    parts = urlsplit(message.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(message.method, path, write_compact(message.body), {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def write_compact(data: object) -> bytes:
    """JSON without a blank, as Airtel signs it."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
