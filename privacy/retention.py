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


_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Term:
    """What a rule said before it was changed: promised to every record whose clock began before `until`."""

    until: datetime
    keep: timedelta
    erasable: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a kind of data is kept after its clock began, and whether a person may have it erased before.

    Of all that the rule has said since the clock of a record began the mildest counts: so a longer time holds for new clocks alone, and a
    shorter one for everything.
    """

    code: str
    clock: Clock
    keep: timedelta
    erasable: bool
    earlier: tuple[Term, ...] = ()
    # Whose data it speaks for; empty: everybody's for whom no other rule of the code does.
    jurisdiction: str = ""

    @property
    def ref(self) -> str:
        """How the rule is named: its code, and whose law it is where it is not everybody's."""
        return f"{self.code}-{self.jurisdiction}" if self.jurisdiction else self.code

    def keep_for(self, began: datetime) -> timedelta:
        """How long a record is kept whose clock began then."""
        if not self.earlier:
            return self.keep
        return min([self.keep, *(term.keep for term in self.earlier if began < term.until)])

    def is_erasable(self, began: datetime | None) -> bool:
        """Whether a person may have it erased; without a clock that runs, as the rule says now."""
        return self.erasable or any(term.erasable for term in self.earlier if began is not None and began < term.until)

    def due_before(self, now: datetime) -> datetime:
        """A record is due if its clock began then or earlier, and no other is."""
        return max([now - self.keep, *(min(term.until - _TICK, now - term.keep) for term in self.earlier)])


def decide(
    rule: Rule, clocks: Mapping[Clock, datetime], now: datetime, holds: Sequence[Span], erasure_requested_at: datetime | None
) -> Verdict:
    """What becomes of a record: a hold wins over everything; then an erasure that may be asked for; then the clock of the rule.

    KEEP_RESTRICTED (GDPR, article 18): kept because the law says so, and readable by the legal desk alone.
    """
    if any(hold.from_at <= now and (hold.until_at is None or now < hold.until_at) for hold in holds):
        return Verdict.KEEP_HOLD
    asked = erasure_requested_at is not None and erasure_requested_at <= now
    began = clocks.get(rule.clock)
    if asked and rule.is_erasable(began):
        return Verdict.DESTROY
    if began is None:
        return Verdict.KEEP
    if now >= began + rule.keep_for(began):
        return Verdict.DESTROY
    return Verdict.KEEP_RESTRICTED if asked else Verdict.KEEP
