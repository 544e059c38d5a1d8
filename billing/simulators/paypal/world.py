"""What PayPal knows: orders, what was said to which request, faults that wait, and its own time."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

CLIENT_ID, SECRET = "resaka-paypal", "resaka-paypal-secret"
MERCHANT_ID, WEBHOOK_ID = "RESAKAMERCHANT", "WHRESAKA"
REMEMBERED = {"order": 6 * 3600, "refund": 45 * 86400}  # seconds for which the answer to a request id is kept
FAULTS = ("error_before", "reply_lost", "error_after", "rate_limit")


@dataclass
class Order:
    """One order, with what was captured of it and what went back."""

    id: str
    unit: dict[str, Any]
    context: dict[str, Any]
    status: str = "PAYER_ACTION_REQUIRED"
    captures: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    # Said in place of the truth: {"amount": "1.00", "merchant_id": …, "custom_id": …}.
    lies: dict[str, str] = field(default_factory=dict)


@dataclass
class Knobs:
    """How it behaves: what a capture comes to, with which word it is refused, and how long it takes."""

    capture_status: str = "COMPLETED"
    refund_status: str = "COMPLETED"
    decline: str = ""
    payer_country: str = "FR"
    slow_ms: int = 0


class World:
    """Everything, under one lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.address = ""
        self.reset()

    def reset(self) -> None:
        """As if it had just been started."""
        with self.lock:
            self.orders: dict[str, Order] = {}
            self.said: dict[tuple[str, str], tuple[float, int, dict[str, Any]]] = {}
            self.tokens: dict[str, float] = {}
            self.faults: Counter[tuple[str, str]] = Counter()
            self.counts: Counter[str] = Counter()
            self.knobs = Knobs()
            self.ahead = 0.0

    def now(self) -> float:
        """Its own time, in seconds of Unix."""
        return time.time() + self.ahead

    def stamp(self) -> str:
        """Its own time, as it writes it."""
        return datetime.fromtimestamp(self.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def takes(self, operation: str, fault: str) -> bool:
        """Whether a fault waits for this operation; it is used up by that."""
        with self.lock:
            if self.faults[operation, fault] <= 0:
                return False
            self.faults[operation, fault] -= 1
            return True

    def remember(self, kind: str, request_id: str, status: int, answer: dict[str, Any]) -> None:
        """Keep what was said to a request."""
        if request_id:
            self.said[kind, request_id] = (self.now(), status, answer)

    def recall(self, kind: str, request_id: str) -> tuple[int, dict[str, Any]] | None:
        """What was said to that request, while it is kept."""
        found = self.said.get((kind, request_id)) if request_id else None
        if found is None or self.now() - found[0] > REMEMBERED[kind.partition(":")[0]]:
            return None
        return found[1], found[2]


def new_id() -> str:
    """17 letters and digits, as PayPal's ids have."""
    return "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _unused in range(17))
