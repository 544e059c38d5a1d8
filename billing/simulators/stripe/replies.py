"""What happens to an answer on its way: idempotency keys, and faults on demand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from billing.simulators.stripe.clock import DAY
from billing.simulators.stripe.errors import ApiError, bad
from billing.simulators.stripe.world import World

KNOBS = ("reply_lost", "error_after", "error_before", "rate_limit")


@dataclass(frozen=True, slots=True)
class Saved:
    """The first answer to a key."""

    fingerprint: str
    status: int
    body: dict[str, Any]
    at: int


class Keys:
    """Stripe's Idempotency-Key: the first answer again, a 500 too, for 24 hours of the world's time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._saved: dict[str, Saved] = {}

    def find(self, key: str, path: str, body: bytes) -> Saved | None:
        """The first answer to a key.

        Raises:
            ApiError: the key was used for something else.
        """
        found = self._saved.get(key)
        if found is None or self._world.clock.now() >= found.at + DAY:
            return None
        if found.fingerprint != _fingerprint(path, body):
            words = "Keys for idempotent requests can only be used with the same parameters they were first used with."
            raise ApiError(400, words, kind="idempotency_error")
        return found

    def save(self, key: str, path: str, body: bytes, status: int, answer: dict[str, Any]) -> None:
        """Keep an answer."""
        self._saved[key] = Saved(_fingerprint(path, body), status, answer, self._world.clock.now())


def _fingerprint(path: str, body: bytes) -> str:
    return hashlib.sha256(path.encode() + b"\n" + body).hexdigest()


class Faults:
    """What goes wrong on purpose.

    Each knob is a share of the calls between 0 and 1, or `{"next": 2}` for the calls that come next, or `{"next": 2, "after": 3}` for those
    that come after three others; `{"path": "/v1/refunds"}` limits it to paths that begin so. `slow_ms` makes every answer wait.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.slow_ms = 0
        self._knobs: dict[str, dict[str, Any]] = {}

    def turn(self, given: dict[str, Any]) -> None:
        """Set knobs; those that are not named are off.

        Raises:
            ApiError: a knob that is none.
        """
        rest = dict(given)
        self.slow_ms = int(rest.pop("slow_ms", 0))
        for name in rest:
            if name not in KNOBS:
                raise bad(name, f"Unknown fault: {name}")
        self._knobs = {name: dict(value) if isinstance(value, dict) else {"rate": float(value)} for name, value in rest.items()}

    def strikes(self, name: str, path: str) -> bool:
        """Whether a fault happens to this call."""
        knob = self._knobs.get(name)
        if knob is None or not path.startswith(knob.get("path", "")):
            return False
        if knob.get("after", 0) > 0:
            knob["after"] -= 1
            return False
        if "next" in knob:
            knob["next"] -= 1
            return bool(knob["next"] >= 0)
        return self._world.random.random() < float(knob.get("rate", 0))
