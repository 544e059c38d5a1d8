"""What happened in privacy and must have consequences (core.outbox). Plain data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BreachTold:
    """The people whom a breach touches are to be told: those up to `after_id` were, the others are next."""

    breach_id: int
    after_id: int
