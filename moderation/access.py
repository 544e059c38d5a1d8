"""The door: who of the staff stands before us and which matters they may open, and what somebody may see of their own."""

from __future__ import annotations

import hashlib

from django.db.models import Q, QuerySet

from accounts.models import User
from core.clock import SharedNow
from moderation.enums import Action, StaffRole
from moderation.models import Appeal, Case, Decision, Report, StaffProfile
from moderation.queries.shown import list_appeals_shown_to, list_cases_shown_to


class NotStaff(PermissionError):
    """Not somebody of the team in service, or not in a role that this deed needs."""


class CaseNotFound(LookupError):
    """No such case, or none that this member of the team may open; which of the two is told to nobody."""


class AppealNotFound(LookupError):
    """No such appeal, or none that this member of the team may decide."""


def get_staff(*, user: User, roles: tuple[StaffRole, ...] = ()) -> StaffProfile:
    """The profile of a member of the team who is in service and, if `roles` are named, has at least one of them.

    Raises:
        NotStaff.
    """
    found = find_staff(user=user)
    if found is None or (roles and not found.has_role(*roles)):
        raise NotStaff(",".join(roles))
    return found


def find_staff(*, user: User) -> StaffProfile | None:
    """The profile of a member of the team who is in service, None for everybody else."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return None
    in_time = Q(ends_at__isnull=True) | Q(ends_at__gt=SharedNow())
    return StaffProfile.objects.select_related("user").filter(in_time, user=user, active=True).first()


def get_case(*, staff: StaffProfile, public_id: str) -> Case:
    """A case that this person may open, whoever has claimed it.

    Raises:
        CaseNotFound.
    """
    found = list_cases_shown_to(staff).select_related("claimed_by", "escalated_by", "subject").filter(public_id=public_id).first()
    if found is None:
        raise CaseNotFound(public_id)
    return found


def get_appeal(*, staff: StaffProfile, public_id: str) -> Appeal:
    """An appeal that this person may decide, or has decided.

    Raises:
        AppealNotFound.
    """
    shown = list_appeals_shown_to(staff).select_related("decision__case", "decision__moderator", "reviewer")
    found = shown.filter(public_id=public_id).first()
    if found is None:
        raise AppealNotFound(public_id)
    return found


class ReportNotFound(LookupError):
    """No such report, or not one of theirs: a foreign one and none at all look the same."""


def get_report_for_reporter(*, user: User, public_id: str) -> Report:
    """A report that this person made.

    Raises:
        ReportNotFound.
    """
    return _report(Report.objects.filter(reporter=user, public_id=public_id))


def get_report_by_token(*, token: str) -> Report:
    """The report whose receipt carries this token; what is looked up is its SHA-256, so that time tells nothing of the others.

    Raises:
        ReportNotFound.
    """
    return _report(Report.objects.filter(token_sha256=digest_of_token(token)))


def digest_of_token(token: str) -> str:
    """What is stored of the token in a status link."""
    return hashlib.sha256(token.encode()).hexdigest()


def _report(rows: QuerySet[Report]) -> Report:
    found = rows.select_related("case", "reporter", "flagger").first()
    if found is None:
        raise ReportNotFound
    return found


class DecisionNotFound(LookupError):
    """No such decision, or none about this person."""


def get_decision_for_subject(*, user: User, public_id: str) -> Decision:
    """A decision that restricts or warns this person.

    Raises:
        DecisionNotFound.
    """
    theirs = Decision.objects.filter(subject=user, public_id=public_id).exclude(action=Action.NO_ACTION)
    found = theirs.select_related("case").first()
    if found is None:
        raise DecisionNotFound(public_id)
    return found
