"""What moderation tells the house: ids and plain values alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlaggerWarned:
    """Too many notices of a trusted flagger were unfounded; it is to be told."""

    flagger_id: int
