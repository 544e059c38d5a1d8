"""Who of the team works on money, who answers people, and what each of them finds in the admin."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import log_in_staff, make_user
from superapp.staff import make_money_staff, make_reviewer, make_staff, make_support_staff

pytestmark = pytest.mark.django_db


def index_of(user: User) -> str:
    browser = Client()
    log_in_staff(browser, User.objects.get(pk=user.pk))
    return browser.get("/admin/").content.decode()


def rights(user: User) -> set[str]:
    return {right for right in User.objects.get(pk=user.pk).get_all_permissions() if right.startswith("billing.")}


def test_who_works_on_money_may_look_at_its_tables_and_change_none() -> None:
    naly = make_user("Naly")
    for _again in range(2):
        make_money_staff(user=naly)
    assert {"billing.view_payment", "billing.view_statementline", "billing.view_gap"} <= rights(naly)
    assert {right for right in rights(naly) if not right.startswith("billing.view_")} == set()
    assert naly.groups.count() == 1


def test_who_answers_people_sees_no_table_of_money() -> None:
    hery = make_user("Hery")
    make_support_staff(user=hery)
    assert rights(hery) == set()
    page = index_of(hery)
    assert "/admin/billing/support/" in page
    assert "/admin/billing/ledger/" not in page
    assert "/admin/billing/figures/" not in page


def test_the_door_of_the_money_desk_is_shown_to_whom_it_opens() -> None:
    naly, miora, lova = make_user("Naly"), make_user("Miora"), make_user("Lova")
    make_money_staff(user=naly)
    make_staff(user=miora, now=timezone.now())
    make_reviewer(user=lova)
    assert "Bureau de l’argent" in index_of(naly)
    for other in (miora, lova):
        assert "Bureau de l’argent" not in index_of(other)
        assert "/admin/billing/" not in index_of(other)


def test_the_command_makes_them() -> None:
    naly, hery, both = (make_user(name) for name in ("Naly", "Hery", "Tovo"))
    for user, words in ((naly, ["--money"]), (hery, ["--support"]), (both, ["--money", "--role", "APPEALS"])):
        call_command("make_staff", user.email, *words, stdout=StringIO())
    assert sorted(naly.groups.values_list("name", flat=True)) == ["billing"]
    assert sorted(hery.groups.values_list("name", flat=True)) == ["support"]
    assert sorted(both.groups.values_list("name", flat=True)) == ["Moderation", "billing"]
    assert not hasattr(naly, "staff_profile")
    with pytest.raises(CommandError):
        call_command("make_staff", "nobody@example.org", "--money", stdout=StringIO())
