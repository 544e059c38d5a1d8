"""The organisations whose notices come first, and how well founded their notices are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from moderation.enums import Action, ReportState
from moderation.models import Decision, Report, TrustedFlagger

# Over how long notices count (design section 16), and how many decided ones say anything at all.
SPAN = timedelta(days=183)
ENOUGH = 5
TOO_MANY = 0.2


@dataclass(frozen=True, slots=True)
class Record:
    """How the notices of one organisation ended in the last six months."""

    decided: int
    unfounded: int

    @property
    def error_rate(self) -> float:
        """The share of unfounded ones, 0.0 to 1.0; 0.0 while none is decided."""
        return self.unfounded / self.decided if self.decided else 0.0

    @property
    def is_poor(self) -> bool:
        """More than one in five was unfounded, among enough to tell."""
        return self.decided >= ENOUGH and self.error_rate > TOO_MANY


def list_flaggers() -> list[TrustedFlagger]:
    """Those in force, by name: whom we treat so is published here (the Commission keeps the list of all). One query."""
    return list(TrustedFlagger.objects.filter(active=True).order_by("name", "pk"))


def get_record(*, flagger: TrustedFlagger, now: datetime) -> Record:
    """How its notices ended that were answered in the last six months. One query for both numbers is not worth its reading: two.

    A notice is unfounded when it was refused for its form, or when what stands is a decision to do nothing. One that an appeal turned
    round is not: the decision against it was reversed.
    """
    standing = Decision.objects.filter(case=OuterRef("case"), reversed_at=None)
    nothing = Exists(standing.filter(action=Action.NO_ACTION)) & ~Exists(standing.exclude(action=Action.NO_ACTION))
    answered = Report.objects.filter(
        flagger=flagger, outcome_at__gt=now - SPAN, outcome_at__lte=now, state__in=[ReportState.ANSWERED, ReportState.REJECTED_FORMAL]
    )
    unfounded = answered.filter(Q(state=ReportState.REJECTED_FORMAL) | Q(nothing))
    return Record(decided=answered.count(), unfounded=unfounded.count())


def find_flagger(*, digest: str) -> TrustedFlagger | None:
    """The organisation in force whose number has this SHA-256 (64 hexadecimal digits), None for every other number."""
    return TrustedFlagger.objects.filter(token_sha256=digest, active=True).first()
