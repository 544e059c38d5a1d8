"""Who of the house is of the team, and in which roles."""

from __future__ import annotations

import pytest

from accounts.tests.factories import NOON, make_user
from core.models import AuditEntry
from moderation.access import NotStaff, find_staff, get_staff
from moderation.enums import StaffRole
from moderation.services.staff import discharge, enlist
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db


def test_a_handle_says_nothing_of_the_account_and_stays() -> None:
    mod = make_staff_member("Modo1")
    assert mod.handle.startswith("Mod-")
    assert "Modo1" not in mod.handle
    again = enlist(user=mod.user, roles=[StaffRole.APPEALS, StaffRole.SENIOR], now=NOON)
    assert (again.pk, again.handle) == (mod.pk, mod.handle)
    assert again.role_set == {StaffRole.APPEALS, StaffRole.SENIOR}, "roles are those named last, not all that ever were"


def test_the_door_asks_for_service_and_role() -> None:
    mod, carol = make_staff_member("Modo1"), make_user("Carol")
    assert get_staff(user=mod.user, roles=(StaffRole.MODERATOR,)) == mod
    with pytest.raises(NotStaff):
        get_staff(user=mod.user, roles=(StaffRole.LEGAL_DESK,))
    with pytest.raises(NotStaff):
        get_staff(user=carol)
    discharge(profile=mod, reason="left", now=NOON)
    assert find_staff(user=mod.user) is None


def test_a_profile_without_the_mark_of_staff_opens_nothing() -> None:
    mod = make_staff_member("Modo1")
    mod.user.is_staff = False
    mod.user.save(update_fields=["is_staff"])
    assert find_staff(user=mod.user) is None


def test_taking_in_and_letting_go_are_in_the_chain() -> None:
    mod = make_staff_member("Modo1")
    discharge(profile=mod, reason="left", now=NOON)
    noted = AuditEntry.objects.filter(object_ref=mod.handle).order_by("seq").values_list("action", "reason", "role")
    assert list(noted) == [("staff.enlist", "MODERATOR", "system"), ("staff.discharge", "left", "system")]
