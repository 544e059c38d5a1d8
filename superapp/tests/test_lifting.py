"""Staff lift a measure in the admin: with the right to, with a reason, and noted."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import SuspensionKind
from accounts.models import Suspension, User
from accounts.services.suspension import lift, suspend
from accounts.tests.factories import NOON, log_in_staff, make_user
from core.models import AuditEntry
from superapp.staff import make_staff

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/suspension/"


@pytest.fixture
def row() -> Suspension:
    amina = make_user("Amina")
    return suspend(user=amina, kind=SuspensionKind.POSTING_RESTRICTED, decision_ref="D-9", reason="pourriel", now=NOON)


def browser_of(user: User) -> Client:
    browser = Client()
    log_in = log_in_staff if user.is_staff else Client.force_login
    log_in(browser, user)
    return browser


def press(browser: Client, row: Suspension, reason: str) -> int:
    return browser.post(LIST, {"action": "lift_measures", "_selected_action": [row.pk], "reason": reason}).status_code


def is_silenced() -> bool:
    return User.objects.get(username="amina").silenced


def test_the_team_lifts_a_measure_with_a_reason(row: Suspension) -> None:
    mod = make_user("Modo1", reserved_name=True)
    make_staff(user=mod, now=timezone.now())
    browser = browser_of(mod)
    press(browser, row, "preuve d’un compte piraté")
    assert not is_silenced()
    row.refresh_from_db()
    assert row.lift_reason == "preuve d’un compte piraté"
    last = AuditEntry.objects.latest("seq")
    assert (last.action, last.handle, last.role) == ("account.lift", "modo1", "staff")
    press(browser, row, "encore")  # the same form twice
    assert AuditEntry.objects.filter(object_kind="account").count() == 2


def test_without_a_reason_nothing_is_lifted(row: Suspension) -> None:
    mod = make_user("Modo1", reserved_name=True)
    make_staff(user=mod, now=timezone.now())
    press(browser_of(mod), row, "  ")
    assert is_silenced()
    assert AuditEntry.objects.filter(object_kind="account").count() == 1


def test_an_old_row_does_not_lift_the_measure_that_came_after_it(row: Suspension) -> None:
    mod = make_user("Modo1", reserved_name=True)
    make_staff(user=mod, now=timezone.now())
    lift(user=row.user, kind=SuspensionKind.POSTING_RESTRICTED, reason="erreur", now=NOON)
    suspend(user=row.user, kind=SuspensionKind.POSTING_RESTRICTED, decision_ref="D-10", reason="récidive", now=NOON)
    press(browser_of(mod), row, "l’ancienne")
    assert is_silenced()


def test_who_may_only_look_lifts_nothing_and_outsiders_do_not_even_look(row: Suspension) -> None:
    looker, carol = make_user("Modo2", reserved_name=True, is_staff=True), make_user("Carol")
    for user in (looker, carol, row.user):
        assert press(browser_of(user), row, "parce que") in {302, 403}
        assert is_silenced()
    assert browser_of(carol).get(LIST).status_code == 302


def test_nobody_adds_changes_or_deletes_a_measure_by_hand(row: Suspension) -> None:
    mod = make_user("Modo1", reserved_name=True)
    make_staff(user=mod, now=timezone.now())
    browser = browser_of(mod)
    assert browser.get(f"{LIST}add/").status_code == 403
    assert browser.post(f"{LIST}{row.pk}/change/", {"kind": "SUSPENDED"}).status_code == 403
    assert browser.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert (Suspension.objects.get().kind, is_silenced()) == ("POSTING_RESTRICTED", True)
