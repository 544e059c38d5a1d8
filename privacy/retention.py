"""The decision on one record: one pure function, and nobody else decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from privacy.enums import Clock, Verdict


class Span(Protocol):
    """From when until when a hold lasts; without an end until it is lifted."""

    @property
    def from_at(self) -> datetime: ...

    @property
    def until_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a kind of data is kept after its clock began, and whether a person may have it erased before."""

    code: str
    clock: Clock
    keep: timedelta
    erasable: bool


def decide(
    rule: Rule, clocks: Mapping[Clock, datetime], now: datetime, holds: Sequence[Span], erasure_requested_at: datetime | None
) -> Verdict:
    """What becomes of a record: a hold wins over everything; then an erasure that may be asked for; then the clock of the rule.

    KEEP_RESTRICTED (GDPR, article 18): kept because the law says so, and readable by the legal desk alone.
    """
    if any(hold.from_at <= now and (hold.until_at is None or now < hold.until_at) for hold in holds):
        return Verdict.KEEP_HOLD
    asked = erasure_requested_at is not None and erasure_requested_at <= now
    if asked and rule.erasable:
        return Verdict.DESTROY
    began = clocks.get(rule.clock)
    if began is None:
        return Verdict.KEEP
    if now >= began + rule.keep:
        return Verdict.DESTROY
    return Verdict.KEEP_RESTRICTED if asked else Verdict.KEEP
