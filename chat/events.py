"""What happened in the rooms and must have consequences (core.outbox), and the names of their live topics. Plain data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImagesPurged:
    """The rows of images are gone; these names of their files mean nothing any more."""

    names: tuple[str, ...]


def room_topic(public_id: str) -> str:
    """The live topic of a room."""
    return f"room:{public_id}"


def user_topic(public_id: str) -> str:
    """The live topic of one person's own sockets."""
    return f"user:{public_id}"
