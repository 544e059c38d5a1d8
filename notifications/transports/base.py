"""What every road to a person answers when it is asked to carry one delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from notifications.models import Delivery
from notifications.words.base import Words


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has taken it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """There is nobody any more to whom it could go; `reason` is a code."""

    reason: str


@dataclass(frozen=True, slots=True)
class Suppressed:
    """It must not go this way; `reason` is a code."""

    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. `after` is the pause; None leaves it to the number of tries."""

    reason: str
    after: timedelta | None = None
    status_code: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Not now and not later."""

    reason: str
    status_code: int | None = None


Outcome = Sent | Gone | Suppressed | Retry | Refused


class Carrier(Protocol):
    """One road. What it raises counts as a try that was broken off."""

    def send(self, delivery: Delivery, *, words: Words, now: datetime) -> Outcome:
        """Carry it, saying `words`, which are in the person's language and say no more than they chose; `delivery.notification.user` are
        loaded. It may run twice when a process ends in its middle."""
