"""The team for tests: Mod decides, Sena reviews; both under their handles."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.test import Client

from accounts.tests.factories import NOON, log_in_staff, make_user
from moderation.enums import StaffRole
from moderation.models import StaffProfile
from moderation.services.staff import enlist


def make_staff_member(pseudonym: str = "Modo1", *roles: StaffRole, now: datetime = NOON) -> StaffProfile:
    """Somebody of the team in these roles (none named: a moderator)."""
    user = make_user(pseudonym, reserved_name=True, now=now)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    ends_at = now + timedelta(days=29) if StaffRole.AUDITOR in roles else None
    return enlist(user=user, roles=roles or (StaffRole.MODERATOR,), ends_at=ends_at, now=now)


def log_in(client: Client, staff: StaffProfile) -> None:
    """A browser of somebody of the team, with their second factor."""
    log_in_staff(client, staff.user)
