"""What happened to people and must have consequences (core.outbox). Plain data only: ids and codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgeAsserted:
    """Somebody showed their age."""

    user_id: int
    method: str


@dataclass(frozen=True, slots=True)
class AgeExpired:
    """A proof of age of this person counts no longer."""

    user_id: int
