"""What happened to notices and must have consequences (core.outbox), and the name of a person's live topic. Plain data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeliveryDue:
    """A delivery is to be tried. `attempt` is the number of tries before: told twice, it is tried once."""

    delivery_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class PushesDue:
    """Deliveries to devices are to be tried together, each after `attempt` tries before: told twice, they are tried once."""

    delivery_ids: tuple[int, ...]
    attempt: int


@dataclass(frozen=True, slots=True)
class TermsTold:
    """Everybody up to `after_id` was told of a text's new version; the others are next. `from_date` is ISO 8601."""

    doc_type: str
    version: str
    from_date: str
    again: bool
    after_id: int


def user_topic(public_id: str) -> str:
    """The live topic of one person's own sockets."""
    return f"user:{public_id}"
