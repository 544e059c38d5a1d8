"""What moderation tells the house: ids and plain values alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlaggerWarned:
    """Too many notices of a trusted flagger were unfounded; it is to be told."""

    flagger_id: int


@dataclass(frozen=True, slots=True)
class DecisionTaken:
    """A case was decided; those who reported it are to hear of it."""

    decision_id: int


@dataclass(frozen=True, slots=True)
class NoticeReceived:
    """Somebody without account notified us and gave an address; one report for each place that they named."""

    report_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DecisionReversed:
    """A decision that restricted somebody was taken back."""

    decision_id: int


@dataclass(frozen=True, slots=True)
class NoticeAnswered:
    """There is an answer for somebody who reported without an account; it goes to the address that they gave."""

    report_id: int
