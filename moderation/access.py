"""The door of the team: who of the staff stands before us, in which roles, and which matters they may open."""

from __future__ import annotations

from accounts.models import User
from moderation.enums import StaffRole
from moderation.models import Appeal, Case, StaffProfile
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
    return StaffProfile.objects.select_related("user").filter(user=user, active=True).first()


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
