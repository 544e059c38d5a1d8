"""What was decided against somebody, as they themselves may know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from moderation.enums import Action, AppellantKind
from moderation.models import Appeal, Decision, StatementOfReasons
from moderation.queries.outcomes import APPEAL_SPAN

LISTED = 100


@dataclass(frozen=True, slots=True)
class Restriction:
    """One decision with its appeal; `appeal_until` is None when the time for one is over."""

    decision: Decision
    appeal: Appeal | None
    appeal_until: datetime | None

    @property
    def is_warning(self) -> bool:
        return self.decision.action == Action.WARN

    @property
    def reversed(self) -> bool:
        return self.decision.reversed_at is not None

    @property
    def may_appeal(self) -> bool:
        return self.appeal_until is not None and self.appeal is None and not self.reversed

    def is_over(self, now: datetime) -> bool:
        """Whether a measure that was set for a time has ended by itself."""
        return self.decision.ends_at is not None and self.decision.ends_at <= now


def get_restriction(*, decision: Decision, now: datetime) -> Restriction:
    """A decision as its subject sees it. One query."""
    appeal = Appeal.objects.filter(decision=decision, side=AppellantKind.RESTRICTED).order_by("-pk").first()
    until = decision.starts_at + APPEAL_SPAN
    return Restriction(decision=decision, appeal=appeal, appeal_until=until if now < until else None)


def list_decisions_about(*, user: User) -> list[Decision]:
    """The decisions that restrict or warn somebody, the newest first, a hundred at most. One query."""
    theirs = Decision.objects.filter(subject=user).exclude(action=Action.NO_ACTION)
    return list(theirs.order_by("-starts_at", "-pk")[:LISTED])


def find_statement(*, decision: Decision) -> StatementOfReasons | None:
    """The statement of reasons of a decision; a warning restricts nothing and has none. One query."""
    return StatementOfReasons.objects.select_related("decision__case").filter(decision=decision).first()
