"""The door of the team: who of the staff stands before us, and in which roles."""

from __future__ import annotations

from accounts.models import User
from moderation.enums import StaffRole
from moderation.models import StaffProfile


class NotStaff(PermissionError):
    """Not somebody of the team in service, or not in a role that this deed needs."""


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
