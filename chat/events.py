"""The words of this app's log on the wire and what other processes need to name its topics. Plain data only."""

from __future__ import annotations


def room_topic(public_id: str) -> str:
    """The live topic of a room."""
    return f"room:{public_id}"


def user_topic(public_id: str) -> str:
    """The live topic of one person's own sockets."""
    return f"user:{public_id}"
