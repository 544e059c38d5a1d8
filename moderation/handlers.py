"""What moderation does when something happened: load by id, one service call."""

from __future__ import annotations

from moderation.events import FlaggerWarned
from moderation.services.letters import warn_flagger


def on_flagger_warned(event: FlaggerWarned) -> None:
    """Write to the organisation."""
    warn_flagger(flagger_id=event.flagger_id)
