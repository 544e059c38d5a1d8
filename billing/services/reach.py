"""Whether a provider answers: after a call that reached nobody it is left in peace for half a minute, then one caller tries for all.

Each process learns for itself, by one call. Nothing is lost meanwhile: what was not sent waits, and what was sent is asked about later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from billing.metrics import PROVIDER_UP
from core.breaker import Breaker
from core.http import OutboundError

logger = logging.getLogger("resaka.billing")

_PAUSE = 30.0
_breakers: dict[str, Breaker] = {}
Result = TypeVar("Result")


class NotReached(Exception):
    """The provider could not be asked, or gave no answer that counts."""


def may_call(provider: str) -> bool:
    """Whether to call a provider now; while it is silent only the caller that gets a yes."""
    return _breaker(provider).allows()


def is_answering(provider: str) -> bool:
    """Whether the last call of this process got an answer."""
    return _breaker(provider).closed


def ask(provider: str, call: Callable[[], Result]) -> Result:
    """Call a provider and remember whether it answered.

    Raises:
        NotReached.
    """
    try:
        answer = call()
    except (OutboundError, TimeoutError, ConnectionError) as error:
        note_silence(provider, f"{type(error).__name__}: {error}")
        raise NotReached(str(error)) from error
    note_answer(provider)
    return answer


def note_silence(provider: str, why: str) -> None:
    """It did not answer, or only that it cannot now."""
    if _breaker(provider).failed():
        PROVIDER_UP.labels(provider).set(0)
        logger.warning("provider silent", extra={"fields": {"provider": provider, "why": why[:200]}})


def note_answer(provider: str) -> None:
    """It answered."""
    if _breaker(provider).worked():
        logger.info("provider answers again", extra={"fields": {"provider": provider}})
    PROVIDER_UP.labels(provider).set(1)


def forget() -> None:
    """Begin anew (between tests)."""
    _breakers.clear()


def _breaker(provider: str) -> Breaker:
    return _breakers.setdefault(provider, Breaker(seconds=_PAUSE))
