"""A payer who waits may pay another way; what they waited for is watched on."""

from __future__ import annotations

import pytest

from accounts.models import User
from billing.models import Payment
from billing.providers.base import Unclear
from billing.services.payments import NotReleasable, SubjectOpen, TooEarlyToRelease, release_subject, settle_payment, when_releasable
from billing.tests.bank import Bank
from billing.tests.payments.factories import after, make_payment, paid_payment, push_payment, reload, sent_payment, story

pytestmark = pytest.mark.django_db


def unknown(mvola: Bank, payer: User) -> Payment:
    mvola.next_starts.append(Unclear("reset"))
    return sent_payment(payer, make=push_payment, subject_key="a")


def test_after_ten_minutes(mvola: Bank, amina: User) -> None:
    payment = unknown(mvola, amina)
    with pytest.raises(TooEarlyToRelease) as early:
        release_subject(payment_id=payment.pk, payer=amina, now=after(minutes=9, seconds=59))
    assert early.value.at == after(minutes=10)
    release_subject(payment_id=payment.pk, payer=amina, now=after(minutes=10))
    found = reload(payment)
    assert (found.state, found.open_key) == ("UNKNOWN", None)
    assert found.next_check_at is not None  # it is watched as before
    assert story(payment)[-1] == "UNKNOWN"
    assert make_payment(amina, provider="MVOLA", money=payment.money, msisdn="+261340000003", subject_key="a", now=after(minutes=11))


def test_the_subject_is_held_until_then(mvola: Bank, amina: User) -> None:
    unknown(mvola, amina)
    with pytest.raises(SubjectOpen):
        push_payment(amina, subject_key="a", now=after(minutes=9))


def test_nobody_frees_what_is_another_s(mvola: Bank, amina: User, carol: User) -> None:
    payment = unknown(mvola, amina)
    with pytest.raises(NotReleasable):
        release_subject(payment_id=payment.pk, payer=carol, now=after(hours=1))
    assert reload(payment).open_key == "a"


def test_twice_is_once(mvola: Bank, amina: User) -> None:
    payment = unknown(mvola, amina)
    release_subject(payment_id=payment.pk, payer=amina, now=after(hours=1))
    with pytest.raises(NotReleasable):
        release_subject(payment_id=payment.pk, payer=amina, now=after(hours=1))


def test_what_ended_and_what_was_not_sent_is_not_freed(bank: Bank, amina: User) -> None:
    for payment in (paid_payment(bank, amina), make_payment(amina)):
        assert when_releasable(payment) is None
        with pytest.raises(NotReleasable):
            release_subject(payment_id=payment.pk, payer=amina, now=after(hours=1))


def test_a_page_that_was_left_can_be_freed_too(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina, subject_key="a")
    release_subject(payment_id=payment.pk, payer=amina, now=after(minutes=10))
    other = paid_payment(bank, amina, subject_key="a", now=after(minutes=11))
    bank.pay(payment)
    assert settle_payment(payment_id=payment.pk, now=after(minutes=30)).state == "SUCCEEDED"
    assert other.pk != payment.pk
