"""What happened in privacy and must have consequences (core.outbox). Plain data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportAsked:
    """An archive is to be worked on: it was asked for, or there is more to do."""

    archive_id: int


@dataclass(frozen=True, slots=True)
class ExportsDropped:
    """Archives are gone, by their outward ids: their pieces follow."""

    public_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BreachTold:
    """The people whom a breach touches are to be told: those up to `after_id` were, the others are next."""

    breach_id: int
    after_id: int
