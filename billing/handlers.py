"""What follows from what happened to money, later and at least once."""

from __future__ import annotations

from billing.events import SupportAnswered, SupportAsked
from billing.services.support.letters import send_letter


def on_support_asked(event: SupportAsked) -> None:
    """The receipt, to somebody without account."""
    send_letter(request_id=event.request_id, name="asked")


def on_support_answered(event: SupportAnswered) -> None:
    """That there is an answer, to somebody without account."""
    send_letter(request_id=event.request_id, name="answered")
