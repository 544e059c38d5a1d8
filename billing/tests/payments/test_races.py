"""Many at once: one payment, one call, one posting, whoever is first. On MariaDB, where rows are locked one by one."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection, connections

from accounts.models import User
from billing.enums import PaymentState
from billing.ledger import look
from billing.models import LedgerTransaction, Payment, Refund
from billing.services.payments import settle_payment, submit_payment
from billing.services.refunds import RefundTooLarge, request_refund, submit_refund
from billing.tests.bank import Bank
from billing.tests.payments.factories import NOW, after, is_proven, make_payment, paid_payment, sent_payment
from core.models import OutboxEvent
from core.money import Money

pytestmark = [
    pytest.mark.skipif(connection.vendor != "mysql", reason="SQLite has one writer"),
    pytest.mark.django_db(transaction=True),
]
MANY = 8


def at_once(deed: Callable[[int], object], times: int = MANY) -> Counter[str]:
    """Do it in as many threads, all beginning together; how often each outcome came."""
    gate, ends, lock = threading.Barrier(times), Counter[str](), threading.Lock()

    def work(number: int) -> None:
        try:
            gate.wait(20)
            deed(number)
            end = "done"
        except Exception as error:
            end = type(error).__name__
        finally:
            connections.close_all()
        with lock:
            ends[end] += 1

    workers = [threading.Thread(target=work, args=(number,)) for number in range(times)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    return ends


def told(name: str) -> int:
    return len({str(row.payload) for row in OutboxEvent.objects.filter(event=f"billing.{name}")})


def test_a_form_that_is_sent_many_times_at_once(bank: Bank, amina: User) -> None:
    key = str(uuid.uuid4())
    ends = at_once(lambda _number: make_payment(amina, client_key=key, subject_key="a"))
    assert ends == {"done": MANY}
    assert (Payment.objects.count(), told("PaymentCreated")) == (1, 1)


def test_many_tabs_at_once(bank: Bank, amina: User) -> None:
    ends = at_once(lambda _number: make_payment(amina, subject_key="a"))
    assert ends == {"done": 1, "SubjectOpen": MANY - 1}
    assert Payment.objects.count() == 1


def test_many_people_at_one_thing(bank: Bank, amina: User, ben: User) -> None:
    """No row of a payer is shared here: the unique key of what is open decides."""
    people = [amina, ben]
    ends = at_once(lambda number: make_payment(people[number % 2], subject_key="a"))
    assert ends == {"done": 1, "SubjectOpen": MANY - 1}


def test_many_workers_tell_the_provider_once(bank: Bank, amina: User) -> None:
    payment = make_payment(amina)
    assert at_once(lambda _number: submit_payment(payment_id=payment.pk, now=NOW)) == {"done": MANY}
    assert bank.count("start") == 1


def test_many_settle_one_payment(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina)
    bank.pay(payment)
    assert at_once(lambda _number: settle_payment(payment_id=payment.pk, now=after(minutes=1))) == {"done": MANY}
    assert (LedgerTransaction.objects.count(), told("PaymentSucceeded")) == (1, 1)
    assert is_proven()


def test_two_payments_of_one_thing_succeed_in_one_instant(bank: Bank, amina: User) -> None:
    for round_ in range(5):
        pair = []
        for _one in range(2):
            payment = sent_payment(amina, subject_key=f"s{round_}")
            Payment.objects.filter(pk=payment.pk).update(open_key=None)
            bank.pay(payment)
            pair.append(payment.pk)
        ends = at_once(lambda number, pair=pair: settle_payment(payment_id=pair[number], now=after(minutes=1)), times=2)  # type: ignore[misc]
        assert ends == {"done": 2}
    assert set(Payment.objects.values_list("state", flat=True)) == {PaymentState.SUCCEEDED}
    assert (told("PaymentSucceededLate"), told("PaymentDoubled")) == (5, 5)
    assert is_proven()


def test_many_settlements_on_one_account(bank: Bank, amina: User) -> None:
    payments = [sent_payment(amina, subject_key=f"s{number}") for number in range(24)]
    for payment in payments:
        bank.pay(payment)

    def settle(number: int) -> None:
        for payment in payments[number::MANY]:
            settle_payment(payment_id=payment.pk, now=after(minutes=1))

    assert at_once(settle) == {"done": MANY}
    assert LedgerTransaction.objects.count() == 24
    assert is_proven()


def test_no_haste_gives_back_more_than_was_paid(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)

    def ask(_number: int) -> None:
        request_refund(payment_id=payment.pk, money=Money(100, "EUR"), reason="GOODWILL", by=None, now=NOW)

    assert at_once(ask) == {"done": 4, RefundTooLarge.__name__: MANY - 4}
    assert sum(Refund.objects.values_list("amount_minor", flat=True)) == 400


def test_many_workers_send_a_refund_once(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    refund = request_refund(payment_id=payment.pk, money=payment.money, reason="FAULT", by=None, now=NOW)
    assert at_once(lambda _number: submit_refund(refund_id=refund.pk, now=NOW)) == {"done": MANY}
    assert (bank.count("refund"), LedgerTransaction.objects.filter(kind="REFUND").count()) == (1, 1)
    assert not any(look().values())
