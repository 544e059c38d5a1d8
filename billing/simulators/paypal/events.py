"""Events to the merchant, on this machine alone, with a signature that the interface can verify afterwards."""

from __future__ import annotations

import hmac
import http.client
import ipaddress
import json
import random
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from billing.simulators.paypal.world import WEBHOOK_ID, World

_KEY = secrets.token_bytes(32)
_TRIES, _PAUSE, _SECONDS = 3, 0.2, 10.0


@dataclass
class Outgoing:
    """Where events go and how: `mode` is send, hold (until released) or drop; each goes `copies` times; `forged` ones have a signature that
    is none. `log` holds what was sent, with the status that came back."""

    world: World
    url: str = ""
    mode: str = "send"
    copies: int = 1
    shuffle: bool = False
    forged: bool = False
    held: list[dict[str, Any]] = field(default_factory=list)
    log: list[tuple[str, int]] = field(default_factory=list)

    def tell(self, kind: str, resource: dict[str, Any]) -> None:
        """Something happened; the merchant hears of it after the answer."""
        event = {
            "id": f"WH-{secrets.token_hex(8).upper()}",
            "event_type": kind,
            "resource_type": "capture",
            "create_time": self.world.stamp(),
            "resource": json.loads(json.dumps(resource)),
        }
        if self.mode == "hold":
            self.held.append(event)
        elif self.mode == "send" and self.url:
            threading.Thread(target=self.send, args=([event] * self.copies,), daemon=True).start()

    def release(self) -> int:
        """Send what was held, in its order or in any; how many."""
        events = [event for event in self.held for _copy in range(self.copies)]
        self.held.clear()
        if self.shuffle:
            random.shuffle(events)
        self.send(events)
        return len(events)

    def send(self, events: list[dict[str, Any]]) -> None:
        """Send events one after the other, each again when it is not taken."""
        for event in events:
            for number in range(_TRIES):
                status = _post(self.url, json.dumps(event).encode(), self.sign(event))
                self.log.append((event["event_type"], status))
                if 200 <= status < 300 or number == _TRIES - 1:
                    break
                time.sleep(_PAUSE)

    def sign(self, event: dict[str, Any]) -> dict[str, str]:
        """The headers of an event."""
        name, at = secrets.token_hex(8), self.world.stamp()
        return {
            "Content-Type": "application/json",
            "PAYPAL-TRANSMISSION-ID": name,
            "PAYPAL-TRANSMISSION-TIME": at,
            "PAYPAL-TRANSMISSION-SIG": "AAAA" if self.forged else _signature(name, at, WEBHOOK_ID, event),
            "PAYPAL-CERT-URL": f"{self.world.address}/certs/1",
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }


def verify(body: dict[str, Any]) -> bool:
    """Whether what the merchant shows was signed here, for its own webhook."""
    name, at, hook, event = (body.get(key) for key in ("transmission_id", "transmission_time", "webhook_id", "webhook_event"))
    if hook != WEBHOOK_ID or not isinstance(event, dict):
        return False
    return hmac.compare_digest(_signature(str(name), str(at), str(hook), event), str(body.get("transmission_sig")))


def _signature(name: str, at: str, hook: str, event: dict[str, Any]) -> str:
    text = "|".join((name, at, hook, json.dumps(event, sort_keys=True)))
    return hmac.digest(_KEY, text.encode(), "sha256").hex()


def is_here(url: str) -> bool:
    """Whether an address is of this machine."""
    parts = urlsplit(url)
    try:
        return parts.scheme == "http" and (parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback)
    except ValueError:
        return False


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    if not is_here(url):
        return 0
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)
    try:
        connection.request("POST", parts.path, body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
