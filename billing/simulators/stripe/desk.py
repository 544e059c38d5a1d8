"""One world with all that is around it: who carries its events, its keys, its faults, and a record of what was said."""

from __future__ import annotations

import asyncio
from typing import Any

from billing.simulators.stripe.replies import Faults, Keys
from billing.simulators.stripe.routes import OUTCOMES
from billing.simulators.stripe.webhooks import Postman
from billing.simulators.stripe.world import World

_REMEMBERED = 2_000


class Desk:
    """The state that a reset throws away."""

    def __init__(self, base: str, *, seed: int) -> None:
        self.base = base
        self._turn = asyncio.Lock()
        self.reset(seed=seed)

    def reset(self, *, seed: int) -> None:
        """A world without a past."""
        self.world = World(seed=seed, base=self.base)
        self.world.outcomes.update(OUTCOMES)
        self.postman = Postman(self.world)
        self.keys = Keys(self.world)
        self.faults = Faults(self.world)
        self.traffic: list[dict[str, Any]] = []

    def note(self, method: str, path: str, query: str, body: bytes, status: int, answer: dict[str, Any]) -> None:
        """Remember a call, so that a test can hold it against Stripe's own document."""
        self.traffic.append(
            {"method": method, "path": path, "query": query, "form": body.decode(errors="replace"), "status": status, "answer": answer}
        )
        del self.traffic[:-_REMEMBERED]

    async def settle(self) -> None:
        """Let happen what follows from a call: clocks that move, events that leave."""
        async with self._turn:
            while self.world.moves:
                clock, to, arrive = self.world.moves.pop(0)
                while clock.step(to):
                    await self.postman.flush()
                arrive()
            await self.postman.flush()
