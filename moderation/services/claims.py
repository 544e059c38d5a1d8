"""Whose hands a case is in: one person's for five minutes, renewed by their open page, let go by itself.

Everything is one UPDATE that compares and sets. `version` always changes, so the row count means the same on MariaDB and SQLite, and
a decision made on an older sight of the case changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from core.text import clean
from moderation.enums import CaseState, StaffRole
from moderation.models import Case, StaffProfile
from moderation.queries.shown import list_cases_shown_to
from moderation.services.noting import note

CLAIM = timedelta(minutes=5)
REASON = 500
_OPEN = (CaseState.OPEN, CaseState.CLAIMED, CaseState.ESCALATED)


class ClaimTaken(Exception):
    """Another has it; `handle` is their name in the house."""

    def __init__(self, handle: str) -> None:
        super().__init__(handle)
        self.handle = handle


class ClaimLost(Exception):
    """There is no claim any more, or the case changed since the page was opened; look at it again."""


class CaseOver(Exception):
    """It has been decided, or is not there for this person."""


class OnlySenior(PermissionError):
    """It was handed on to a senior."""


class EscalationReasonMissing(ValueError):
    """Handed on without saying why."""


def claim_case(*, case_id: int, version: int, by: StaffProfile, now: datetime) -> Case:
    """Take a case for five minutes; whoever has it and claims again begins a new five.

    Raises:
        ClaimTaken: somebody else has it; ClaimLost: it changed since this `version`; CaseOver; OnlySenior.
    """
    with transaction.atomic():
        before = list_cases_shown_to(by).filter(pk=case_id).first()
        free = Q(claimed_by__isnull=True) | Q(claimed_by=by) | Q(claim_expires_at__lte=now)
        rows = _takeable(by).filter(free, pk=case_id, version=version)
        if before is None or not _set(rows, state=CaseState.CLAIMED, claimed_by=by, claim_expires_at=now + CLAIM):
            raise _refusal(case_id, by, now)
        return _noted("case.claim", before, by, reason="", now=now)


def renew_claim(*, case_id: int, version: int, by: StaffProfile, now: datetime) -> Case:
    """Five more minutes from now, for the page that stays open. Noted nowhere: it is no deed, only a sign of life.

    Raises:
        ClaimLost.
    """
    if not _set(_held(case_id, version, by, now), claim_expires_at=now + CLAIM):
        raise ClaimLost(case_id)
    return Case.objects.get(pk=case_id)


def release_claim(*, case_id: int, version: int, by: StaffProfile, now: datetime) -> Case:
    """Put a case back for others.

    Raises:
        ClaimLost.
    """
    with transaction.atomic():
        before = _get_held(case_id, version, by, now)
        state = CaseState.ESCALATED if before.escalated_at else CaseState.OPEN
        _let_go(case_id, version, by, now, state=state)
        return _noted("case.release", before, by, reason="", now=now)


def release_claims_of(*, user: User, now: datetime) -> int:
    """Put back all that a member of the team has in hand, because they go; how many. Nobody of the team: none."""
    staff = StaffProfile.objects.filter(user=user).first()
    if staff is None:
        return 0
    mine = list(Case.objects.filter(state=CaseState.CLAIMED, claimed_by=staff, claim_expires_at__gt=now))
    for one in mine:
        release_claim(case_id=one.pk, version=one.version, by=staff, now=now)
    return len(mine)


def escalate_case(*, case_id: int, version: int, by: StaffProfile, reason: str, now: datetime) -> Case:
    """Hand a case that one has claimed on to a senior, who is told why.

    Raises:
        EscalationReasonMissing; ClaimLost.
    """
    words = clean(reason, lines=False)[:REASON]
    if not words:
        raise EscalationReasonMissing
    with transaction.atomic():
        before = _get_held(case_id, version, by, now)
        told = {"escalated_at": now, "escalated_by": by, "escalation_reason": words}
        _let_go(case_id, version, by, now, state=CaseState.ESCALATED, **told)
        return _noted("case.escalate", before, by, reason=words, now=now)


def may_take(*, case: Case, staff: StaffProfile) -> bool:
    """Whether this person may claim it as far as roles go: what was handed on is for a senior, or, with children, for their protection."""
    return case.escalated_at is None or staff.has_role(_above(case.child_safety))


def _above(child_safety: bool) -> StaffRole:
    return StaffRole.CHILD_SAFETY if child_safety else StaffRole.SENIOR


def _takeable(by: StaffProfile) -> QuerySet[Case]:
    rows = list_cases_shown_to(by).filter(state__in=_OPEN)
    return rows if by.has_role(StaffRole.SENIOR) else rows.filter(Q(escalated_at__isnull=True) | Q(child_safety=True))


def _held(case_id: int, version: int, by: StaffProfile, now: datetime) -> QuerySet[Case]:
    return Case.objects.filter(pk=case_id, version=version, state=CaseState.CLAIMED, claimed_by=by, claim_expires_at__gt=now)


def _get_held(case_id: int, version: int, by: StaffProfile, now: datetime) -> Case:
    found = _held(case_id, version, by, now).first()
    if found is None:
        raise ClaimLost(case_id)
    return found


def _let_go(case_id: int, version: int, by: StaffProfile, now: datetime, **values: Any) -> None:
    if not _set(_held(case_id, version, by, now), claimed_by=None, claim_expires_at=None, **values):
        raise ClaimLost(case_id)


def _set(rows: QuerySet[Case], **values: Any) -> int:
    """The compare-and-set: how many rows it changed, one or none."""
    return rows.update(version=F("version") + 1, **values)


def _noted(action: str, before: Case, by: StaffProfile, *, reason: str, now: datetime) -> Case:
    after = Case.objects.get(pk=before.pk)
    ref, was, is_ = after.public_id, _state(before), _state(after)
    note(action=action, by=by, object_kind="case", object_ref=ref, reason=reason, before=was, after=is_, now=now)
    return after


def _state(case: Case) -> dict[str, Any]:
    return {"state": case.state, "claimed_by": case.claimed_by_id, "version": case.version}


def _refusal(case_id: int, by: StaffProfile, now: datetime) -> Exception:
    """Why the claim changed no row, seen a moment later."""
    found = list_cases_shown_to(by).select_related("claimed_by").filter(pk=case_id, state__in=_OPEN).first()
    if found is None:
        return CaseOver(case_id)
    if not may_take(case=found, staff=by):
        return OnlySenior(case_id)
    holder, until = found.claimed_by, found.claim_expires_at
    if holder is not None and until is not None and until > now and holder.pk != by.pk:
        return ClaimTaken(holder.handle)
    return ClaimLost(case_id)
