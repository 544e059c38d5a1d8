"""What the house does by itself every hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from billing.enums import PaymentState, Provider
from billing.models import Gap, Payment, Statement
from billing.providers import table
from billing.services.reconciliation.daily import make_round, watch_files
from billing.tests.reconciliation.books import DAY, LATER, TEN, bring, line, make_payment
from billing.tests.reconciliation.test_importing import Interface, row
from billing.tests.team import Notification

pytestmark = pytest.mark.django_db
AFTER = LATER + timedelta(days=1)


def alarms(what: str) -> list[str]:
    told = Notification.objects.filter(kind="MONEY_ALARM", args__what=what).order_by("pk")
    return [args["ref"] for args in told.values_list("args", flat=True)]


def test_a_round_without_anything_does_nothing() -> None:
    done = make_round(now=LATER)
    assert (done.imported, done.missing, done.failed, done.alarms) == (0, 0, 0, 0)


def test_interfaces_are_asked_for_three_days(monkeypatch: pytest.MonkeyPatch) -> None:
    interface = Interface()
    interface.rows = [row("ch_1", 499)]
    monkeypatch.setitem(table._MAKERS, "STRIPE", lambda: interface)
    assert make_round(now=LATER).imported == 3
    assert sorted(str(day) for day in Statement.objects.values_list("day", flat=True)) == ["2026-11-23", "2026-11-24", "2026-11-25"]


def test_an_interface_that_fails_stops_no_other_work(monkeypatch: pytest.MonkeyPatch, amina: User, naly: User, hery: User) -> None:
    class Broken(Interface):
        def statement(self, day: object) -> list[object]:  # type: ignore[override]
            raise TimeoutError("no answer")

    monkeypatch.setitem(table._MAKERS, "STRIPE", Broken)
    payment = make_payment(amina)
    for day in (DAY, DAY + timedelta(days=1)):
        bring(naly, hery, day=day, now=AFTER)
    done = make_round(now=AFTER)
    assert (done.imported, done.failed) == (0, 1)
    assert Payment.objects.get(pk=payment.pk).state == PaymentState.FAILED


def test_what_waits_is_compared_again(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, state=PaymentState.SUBMITTED, our_reference="T" * 20)
    bring(naly, hery, line("MP1", ref="T" * 20))
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.UNKNOWN)
    make_round(now=AFTER)
    assert Payment.objects.get(pk=payment.pk).state == PaymentState.SUCCEEDED
    assert Gap.objects.get().is_open is False


def test_a_file_that_nobody_brought_in_two_days_wakes_the_team_once(amina: User, naly: User) -> None:
    make_payment(amina)
    assert watch_files(now=TEN + timedelta(days=2)) == 0
    for _again in range(2):
        watch_files(now=TEN + timedelta(days=3))
    assert alarms("STATEMENT_MISSING") == ["MVOLA 2026-11-24"]


def test_no_file_is_missed_on_a_day_without_payments(naly: User, amina: User, hery: User) -> None:
    make_payment(amina)
    bring(naly, hery, line("MP1"))
    assert watch_files(now=TEN + timedelta(days=3)) == 0
    assert alarms("STATEMENT_MISSING") == []


def test_interfaces_are_no_files(amina: User, naly: User) -> None:
    make_payment(amina, provider=Provider.STRIPE, currency="EUR", msisdn="")
    assert watch_files(now=TEN + timedelta(days=3)) == 0
