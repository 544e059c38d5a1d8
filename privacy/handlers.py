"""What privacy does when something happened: load by id, one service call."""

from __future__ import annotations

from django.utils import timezone

from privacy.events import BreachTold
from privacy.services.breachletters import tell_next


def on_breach_told(event: BreachTold) -> None:
    """Some were told of a breach; the next ones follow."""
    tell_next(told=event, now=timezone.now())
