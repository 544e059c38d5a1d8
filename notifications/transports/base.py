"""What every road to a person answers when it is asked to carry one delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.hosts import Host
from notifications.models import Delivery
from notifications.transports.posting import Parcel, Reply
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


# Why there is nobody any more behind an address: the service said that it is no address, or not any more; such a row is dropped at once.
DEAD = "ENDPOINT"


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


@dataclass(frozen=True, slots=True)
class Later:
    """Not before `after` has passed, and for no fault of the road: its person has quiet hours, or was told a moment ago. `reason` is a
    code."""

    reason: str
    after: timedelta


Outcome = Sent | Gone | Suppressed | Retry | Refused | Later


class Carrier(Protocol):
    """One road. What it raises counts as a try that was broken off."""

    def send(self, delivery: Delivery, *, words: Words, now: datetime) -> Outcome:
        """Carry it, saying `words`, which are in the person's language and say no more than they chose; `delivery.notification.user` are
        loaded. It may run twice when a process ends in its middle."""


class Pusher(Protocol):
    """A road to devices, on which many go at once: what is to be sent is made first, posted together (`posting.post_all`), judged last."""

    def hosts(self) -> Sequence[Host]:
        """Which hosts may be asked on this road."""

    def pack(self, delivery: Delivery, *, words: Words, unseen: int, now: datetime) -> Parcel | Outcome:
        """What is to be posted, saying `words`; or how the delivery ends without. `delivery.subscription` and
        `delivery.notification.user` are loaded; `unseen` is how many notices the person has not looked at."""

    def judge(self, delivery: Delivery, reply: Reply) -> Outcome:
        """What the reply means; Gone(DEAD) when the device has to be forgotten. Never raises."""
