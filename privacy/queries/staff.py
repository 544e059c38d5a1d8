"""Who of the team works on data protection: a role of the team's profile, as for every desk of the house."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import User
from moderation.access import find_staff
from moderation.enums import StaffRole
from moderation.services.alarms import list_role

if TYPE_CHECKING:
    from moderation.models import StaffProfile


def is_data_protection(user: User) -> bool:
    """Somebody in service whose role is data protection; superusers are not by themselves. One query."""
    staff = find_staff(user=user)
    return staff is not None and staff.has_role(StaffRole.DATA_PROTECTION)


def list_data_protection() -> list[StaffProfile]:
    """All of them; one query."""
    return list_role(StaffRole.DATA_PROTECTION)
