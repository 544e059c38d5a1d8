"""An auditor comes alone and for a time; whoever works here ends on a day, by a date or by a command."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import NOON, make_user
from core import audit
from core.models import AuditEntry
from moderation.access import NotStaff, find_staff, get_staff
from moderation.enums import StaffRole
from moderation.services.staff import AUDIT_TERM, AuditorAlone, TermTooLong, end_terms, enlist
from moderation.tests.factories import make_staff_member
from superapp.staff import end_staff, make_auditor, make_money_staff, make_staff
from superapp.tests.auditor.house import auditor, browser

pytestmark = pytest.mark.django_db
StaffProfile = apps.get_model("moderation", "StaffProfile")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def enlisted(user: User, *roles: StaffRole, ends_at: Any = None) -> Any:
    return enlist(user=user, roles=roles or (StaffRole.AUDITOR,), ends_at=ends_at, now=NOON)


# ---- For a time --------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ends_at", [None, NOON - DAY, NOON, NOON + AUDIT_TERM + SECOND])
def test_an_auditor_comes_until_a_day_within_thirty(ends_at: Any) -> None:
    with pytest.raises(TermTooLong):
        enlisted(make_user("Carol"), ends_at=ends_at)
    assert StaffProfile.objects.count() == 0


@pytest.mark.parametrize("after", [SECOND, AUDIT_TERM])
def test_a_second_and_thirty_days_are_terms(after: timedelta) -> None:
    assert enlisted(make_user("Carol"), ends_at=NOON + after).ends_at == NOON + after
    assert timedelta(days=30) == AUDIT_TERM


def test_the_door_shuts_at_the_second_whether_a_job_ran_or_not() -> None:
    user, now = auditor(days=1), timezone.now()
    assert find_staff(user=user) is not None
    StaffProfile.objects.filter(user=user).update(ends_at=now - SECOND)
    assert find_staff(user=user) is None
    with pytest.raises(NotStaff):
        get_staff(user=user, roles=(StaffRole.AUDITOR,))
    client = browser(user)
    for page in ("/admin/oversight/", "/admin/privacy/retentionrule/", "/admin/moderation/workload/", "/admin/privacy/breach/"):
        assert client.get(page).status_code == 403
    assert 'id="oversight-door"' not in client.get("/admin/").content.decode()


def test_the_job_ends_what_is_over_and_notes_it_once() -> None:
    first = enlisted(make_user("Carol"), ends_at=NOON + DAY)
    second = enlisted(make_user("Dina"), ends_at=NOON + 2 * DAY)
    mod = make_staff_member("Modo1")
    assert [end_terms(now=NOON + DAY - SECOND), end_terms(now=NOON + DAY), end_terms(now=NOON + DAY)] == [0, 1, 0]
    active = dict(StaffProfile.objects.values_list("handle", "active"))
    assert active == {first.handle: False, second.handle: True, mod.handle: True}
    noted = AuditEntry.objects.get(action="staff.discharge")
    assert (noted.object_ref, noted.reason, noted.role) == (first.handle, "ends_at", "system")
    assert audit.verify().holds


def test_a_new_term_is_a_deed_of_its_own_with_the_same_handle() -> None:
    carol = make_user("Carol")
    first = enlisted(carol, ends_at=NOON + DAY)
    end_terms(now=NOON + DAY)
    again = enlisted(carol, ends_at=NOON + 10 * DAY)
    assert (again.handle, again.active, again.ends_at) == (first.handle, True, NOON + 10 * DAY)
    assert AuditEntry.objects.filter(action="staff.enlist", object_ref=first.handle).count() == 2


def test_others_may_come_for_a_time_too_and_end_like_them() -> None:
    helper = enlisted(make_user("Carol"), StaffRole.MODERATOR, ends_at=NOON + 90 * DAY)
    assert end_terms(now=NOON + 90 * DAY) == 1
    helper.refresh_from_db()
    assert not helper.has_role(StaffRole.MODERATOR)


# ---- Alone -------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.AUDITOR])
def test_who_audits_has_no_other_role(role: StaffRole) -> None:
    with pytest.raises(AuditorAlone):
        enlisted(make_user("Carol"), StaffRole.AUDITOR, role, ends_at=NOON + DAY)


def test_who_works_here_or_may_do_all_does_not_audit() -> None:
    now, money, root, mod, loose = timezone.now(), make_user("Naly"), make_user("Rado"), make_user("Miora"), make_user("Lova")
    make_money_staff(user=money)
    make_staff(user=mod, now=now)
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    loose.user_permissions.add(Permission.objects.get(codename="view_user"))
    for user in (money, root, mod, loose):
        with pytest.raises(AuditorAlone):
            make_auditor(user=User.objects.get(pk=user.pk), days=7, now=now)
    assert not StaffProfile.objects.filter(roles__contains="AUDITOR").exists()


# ---- By command --------------------------------------------------------------------------------------------------------------------
def test_the_command_takes_one_in_for_days() -> None:
    carol, out = make_user("Carol"), StringIO()
    call_command("make_staff", carol.email, "--auditor", "7", stdout=out)
    profile = StaffProfile.objects.get(user=carol)
    assert profile.role_set == {StaffRole.AUDITOR}
    assert profile.ends_at is not None
    assert timedelta(days=6, hours=23) < profile.ends_at - timezone.now() <= 7 * DAY
    assert "7 days" in out.getvalue()
    assert User.objects.get(pk=carol.pk).is_staff
    assert carol.groups.count() == 0


@pytest.mark.parametrize(
    "words", [["--auditor", "0"], ["--auditor", "31"], ["--auditor", "-1"], ["--role", "AUDITOR"], ["--auditor", "7", "--money"]]
)
def test_the_command_refuses_in_words_and_changes_nothing(words: list[str]) -> None:
    carol = make_user("Carol")
    with pytest.raises(CommandError, match=r"audit|day"):
        call_command("make_staff", carol.email, *words, stdout=StringIO())
    carol.refresh_from_db()
    assert (carol.is_staff, carol.groups.count(), StaffProfile.objects.count()) == (False, 0, 0)


# ---- The end of somebody's work ----------------------------------------------------------------------------------------------------
def test_one_command_ends_all_rights_and_log_ins_and_leaves_the_account() -> None:
    mod = make_user("Modo1", reserved_name=True)
    make_staff(user=mod, roles=[StaffRole.SENIOR], now=timezone.now())
    make_money_staff(user=mod)
    mod = User.objects.get(pk=mod.pk)
    client, profile = browser(mod), StaffProfile.objects.get(user=mod)
    assert client.get("/admin/moderation/queue/").status_code == 200
    call_command("end_staff", mod.email, "--reason", "part en bons termes", stdout=StringIO())
    mod = User.objects.get(pk=mod.pk)
    assert (mod.is_staff, mod.is_superuser, mod.groups.count(), mod.is_member) == (False, False, 0, True)
    assert client.get("/admin/moderation/queue/")["Location"].startswith("/admin/login/")
    again = Client()
    again.force_login(mod)
    assert again.get("/account/").status_code == 200
    assert again.get("/admin/")["Location"].startswith("/admin/login/")
    noted = AuditEntry.objects.filter(reason="part en bons termes").order_by("seq").values_list("action", "object_ref")
    assert list(noted) == [("staff.discharge", profile.handle), ("staff.end", mod.public_id)]


def test_a_superuser_and_a_member_of_a_lone_group_end_too() -> None:
    root, lone = make_user("Rado"), make_user("Lova")
    User.objects.filter(pk=root.pk).update(is_superuser=True, is_staff=True)
    lone.groups.add(Group.objects.create(name="autre"))
    for user in (root, lone):
        assert end_staff(user=User.objects.get(pk=user.pk), reason="fini", now=NOON)
        found = User.objects.get(pk=user.pk)
        assert (found.is_superuser, found.is_staff, found.groups.count()) == (False, False, 0)


def test_the_command_says_what_it_cannot_do() -> None:
    carol = make_user("Carol")
    for words, said in (
        (["nobody@example.org", "--reason", "x"], "No account"),
        ([carol.email, "--reason", "x"], "no right here"),
        ([carol.email, "--reason", " "], "Say why"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("end_staff", *words, stdout=StringIO())
    assert AuditEntry.objects.filter(action="staff.end").count() == 0
