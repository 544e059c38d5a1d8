"""The janitor: what lost its worker, its event or its answer is found again; whoever is due is asked, and nobody is asked twice at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from accounts.models import User
from billing.enums import PaymentState, RefundState
from billing.metrics import PAYMENTS_UNKNOWN, PAYMENTS_UNKNOWN_AGE
from billing.models import Payment
from billing.providers.base import Unclear
from billing.queries.unknown import measure_unknown
from billing.services import janitor
from billing.services.payments import settle_payment
from billing.services.payments.pace import MANNERS, next_check
from billing.services.refunds import request_refund, submit_refund, submit_refund_again
from billing.services.refunds.states import move_refund
from billing.tests.bank import Bank, pending
from billing.tests.payments.conftest import Install
from billing.tests.payments.factories import (
    NOW,
    after,
    is_proven,
    make_payment,
    paid_payment,
    push_payment,
    reload,
    sent_payment,
)

pytestmark = pytest.mark.django_db


def go_round(**span: float) -> janitor.Round:
    return janitor.make_round(now=after(**span))


def test_nothing_due_nothing_done(bank: Bank, amina: User) -> None:
    sent_payment(amina)
    assert go_round(seconds=1) == janitor.Round(payments=0, refunds=0, alarms=0, failed=0)


def test_an_event_that_never_comes(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina)
    bank.pay(payment)
    assert go_round(seconds=5).payments == 1
    assert reload(payment).state == "SUCCEEDED"
    assert is_proven()


def test_an_outbox_row_that_was_lost(bank: Bank, amina: User) -> None:
    payment = make_payment(amina)
    go_round(seconds=29)
    assert reload(payment).state == "CREATED"
    go_round(seconds=30)
    assert reload(payment).state == "PENDING"


def test_what_was_never_sent_expires(bank: Bank, amina: User) -> None:
    payment = make_payment(amina)
    Payment.objects.filter(pk=payment.pk).update(next_check_at=after(minutes=15))
    go_round(minutes=15)
    assert (reload(payment).state, reload(payment).failure_code, bank.calls) == ("EXPIRED", "NOT_SENT", [])


def test_what_is_due_is_claimed_for_two_minutes(bank: Bank, amina: User) -> None:
    """A second janitor in the same moment finds nothing to do."""
    seen: list[janitor.Round] = []
    payment = sent_payment(amina)
    real = bank.fetch

    def fetch(one: Payment, *, now: object) -> object:
        seen.append(go_round(seconds=6))
        return real(one, now=NOW)

    bank.fetch = fetch  # type: ignore[method-assign,assignment]
    go_round(seconds=6)
    assert [one.payments for one in seen] == [0]
    assert bank.count("fetch") == 1
    assert reload(payment).state == "PENDING"


def test_a_round_takes_a_hundred_and_the_longest_due_first(bank: Bank, amina: User) -> None:
    for number in range(5):
        sent_payment(amina, subject_key=f"s{number}", now=after(seconds=number))
    janitor.make_round(now=after(minutes=1), limit=2)
    assert [ref for what, ref in bank.calls if what == "fetch"] == [one.our_reference for one in Payment.objects.order_by("created_at")[:2]]


def test_one_that_fails_stops_no_other(bank: Bank, amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = sent_payment(amina, subject_key="a"), sent_payment(amina, subject_key="b")
    bank.pay(second)
    real = settle_payment

    def settle(*, payment_id: int, now: object) -> Payment:
        if payment_id == first.pk:
            raise RuntimeError("a fault of ours")
        return real(payment_id=payment_id, now=after(seconds=6))

    monkeypatch.setattr(janitor, "settle_payment", settle)
    assert go_round(seconds=6).failed == 1
    assert reload(second).state == "SUCCEEDED"
    assert reload(first).next_check_at == after(minutes=2, seconds=6)  # and it comes again


def test_what_nobody_knows_for_a_quarter_of_an_hour_wakes_the_team_once(mvola: Bank, amina: User, mod: User, other_mod: User) -> None:
    mvola.next_starts.append(Unclear("reset"))
    payment = sent_payment(amina, make=push_payment)
    assert go_round(minutes=14, seconds=59).alarms == 0
    assert go_round(minutes=15).alarms == 1
    assert go_round(minutes=16).alarms == 0
    for person in (mod, other_mod):
        assert [one.args for one in person.notifications.all()] == [{"what": "UNKNOWN_OLD", "ref": payment.our_reference}]
    assert reload(payment).flag == "LATE"


def test_the_flag_goes_when_somebody_knows(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina)
    bank.end(payment, "UNKNOWN")
    go_round(seconds=6)
    go_round(minutes=16)
    assert reload(payment).flag == "LATE"
    bank.end(payment, "FAILED")
    go_round(hours=1)
    assert (reload(payment).state, reload(payment).flag) == ("FAILED", "")


def test_a_provider_that_is_away_for_an_hour(bank: Bank, amina: User, mod: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Payments that were paid while nobody could ask are found when it is back; the team is woken once an hour, and nobody pays twice."""
    clock = [1000.0]
    monkeypatch.setattr("core.breaker.time.monotonic", lambda: clock[0])
    payments = [sent_payment(amina, subject_key=f"s{number}") for number in range(12)]
    for payment in payments:
        bank.pay(payment)
    bank.away = True
    for minutes in range(1, 61):
        clock[0] += 60
        go_round(minutes=minutes)
    asked_while_away = bank.count("fetch")
    assert {one.state for one in Payment.objects.all()} == {PaymentState.PENDING}
    assert asked_while_away <= 10 + 60 + 12  # ten silences, then one try a minute for all
    down = mod.notifications.filter(args__what="PROVIDER_DOWN").count()
    assert down == 2  # of two hours of the clock
    bank.away = False
    for minutes in range(61, 100):
        clock[0] += 60
        go_round(minutes=minutes)
    assert {one.state for one in Payment.objects.all()} == {PaymentState.SUCCEEDED}
    assert bank.count("start") == 12
    assert is_proven()


def test_a_refund_that_is_being_sent_is_left_to_who_sends_it(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    refund = request_refund(payment_id=payment.pk, money=payment.money, reason="FAULT", by=None, now=NOW)
    move_refund(refund, RefundState.SUBMITTED, submitted_at=NOW, next_check_at=after(minutes=2), now=NOW)  # another worker, in its call
    assert submit_refund(refund_id=refund.pk, now=after(seconds=1)).state == "SUBMITTED"
    assert (go_round(seconds=119).refunds, bank.count("refund")) == (0, 0)
    assert (go_round(minutes=2).refunds, bank.count("refund")) == (1, 1)
    assert submit_refund_again(refund_id=refund.pk, now=after(minutes=3)).state == "SUCCEEDED"
    assert (bank.count("refund"), is_proven()) == (1, True)


def test_refunds_are_seen_to_as_well(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    bank.next_refunds.append(pending(bank))
    refund = request_refund(payment_id=payment.pk, money=payment.money, reason="GOODWILL", by=None, now=NOW)
    assert go_round(seconds=30).refunds == 1  # its outbox row was lost
    bank.returned[refund.public_id] = "SUCCEEDED"
    go_round(minutes=1)
    refund.refresh_from_db()
    assert refund.state == "SUCCEEDED"
    assert is_proven()


@pytest.mark.parametrize(
    ("provider", "pauses"),
    [
        ("STRIPE", [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]),
        ("MVOLA", [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]),
        ("AIRTEL", [180, 30, 60, 120, 240, 480, 900, 900]),
        ("ORANGE", [25] * 8),
    ],
)
def test_how_often_each_provider_is_asked(provider: str, pauses: list[int]) -> None:
    payment = Payment(provider=provider, created_at=NOW, submitted_at=NOW)
    found = []
    for payment.checks in range(len(pauses)):
        found.append(int((next_check(payment, now=after(minutes=1)) - after(minutes=1)).total_seconds()))
    assert found == pauses


def test_orange_is_asked_less_after_twelve_minutes() -> None:
    payment = Payment(provider="ORANGE", created_at=NOW, submitted_at=NOW, checks=28)
    assert next_check(payment, now=after(minutes=12)) == after(minutes=17)


def test_every_provider_has_its_manners() -> None:
    from billing.enums import Provider

    assert set(MANNERS) == set(Provider)
    assert MANNERS["MVOLA"].times == 1
    assert all(one.life < timedelta(hours=24) for one in MANNERS.values())


@pytest.mark.skipif(connection.vendor != "mysql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_many_janitors_ask_each_payment_once(install: Install, amina: User) -> None:
    bank = install()
    payments = [sent_payment(amina, subject_key=f"s{number}") for number in range(60)]
    for payment in payments:
        bank.pay(payment)
    gate = threading.Barrier(6)

    def work() -> None:
        try:
            gate.wait(10)
            go_round(minutes=1)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert bank.count("fetch") == 60
    assert Payment.objects.filter(state=PaymentState.SUCCEEDED).count() == 60
    assert is_proven()


def test_what_nobody_knows_is_measured(mvola: Bank, amina: User) -> None:
    def gauges() -> tuple[float, float]:
        measure_unknown(now=after(minutes=7))
        return PAYMENTS_UNKNOWN._value.get(), PAYMENTS_UNKNOWN_AGE._value.get()

    assert gauges() == (0, 0)
    for minutes in (0, 3):
        mvola.next_starts.append(Unclear("reset"))
        sent_payment(amina, make=push_payment, now=after(minutes=minutes))
    assert gauges() == (2, 420)
