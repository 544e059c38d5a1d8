"""Whether a provider answers: after ten calls in a row that got no answer it is left in peace for a while, then one caller tries for all.

Each process learns for itself, by one call. Nothing is lost meanwhile: what was not sent waits, and what was sent is asked about later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from billing.metrics import PROVIDER_UP
from billing.providers.base import Refused, Unclear
from core.breaker import Breaker
from core.http import OutboundError

logger = logging.getLogger("resaka.billing")

_PAUSE = 15.0
# So many in a row: some lost answers are every day's, and no reason to stop.
_IN_A_ROW = 10
# The code of a refusal because nobody was there to be told.
NOT_REACHED = "NOT_REACHED"
_silences: dict[str, int] = {}
_breakers: dict[str, Breaker] = {}
Result = TypeVar("Result")


class NotReached(Exception):
    """The provider could not be asked, or gave no answer that counts."""


def may_call(provider: str) -> bool:
    """Whether to call a provider now; while it is silent only the caller that gets a yes."""
    return _breaker(provider).allows()


def is_answering(provider: str) -> bool:
    """Whether this process does not think that a provider is away."""
    return _breaker(provider).closed


def list_silent() -> list[str]:
    """The providers that are away as far as this process knows."""
    return sorted(name for name, breaker in _breakers.items() if not breaker.closed)


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
    if isinstance(answer, Unclear):
        note_silence(provider, answer.why)
    elif isinstance(answer, Refused) and answer.code == NOT_REACHED:
        note_silence(provider, answer.code)
    else:
        note_answer(provider)
    return answer


def note_silence(provider: str, why: str) -> None:
    """It did not answer."""
    _silences[provider] = _silences.get(provider, 0) + 1
    if _silences[provider] >= _IN_A_ROW and _breaker(provider).failed():
        PROVIDER_UP.labels(provider).set(0)
        logger.warning("provider silent", extra={"fields": {"provider": provider, "why": why[:200]}})


def note_answer(provider: str) -> None:
    """It answered."""
    _silences[provider] = 0
    if _breaker(provider).worked():
        logger.info("provider answers again", extra={"fields": {"provider": provider}})
    PROVIDER_UP.labels(provider).set(1)


def forget() -> None:
    """Begin anew (between tests)."""
    _breakers.clear()
    _silences.clear()


def _breaker(provider: str) -> Breaker:
    return _breakers.setdefault(provider, Breaker(seconds=_PAUSE))
