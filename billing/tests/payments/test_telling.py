"""What the payer is told, and the team."""

from __future__ import annotations

import pytest
from django.utils import timezone, translation

from accounts.models import User
from billing.models import Payment, Refund
from billing.providers.base import Refused
from billing.services.payments import settle_payment
from billing.services.refunds import request_refund, submit_refund
from billing.services.telling import tell_decided, tell_refund, tell_unknown
from billing.tests.bank import Bank, lost
from billing.tests.payments.factories import after, paid_payment, push_payment, sent_payment
from notifications.queries import list_notices
from notifications.tests.factories import deliver_all

pytestmark = pytest.mark.django_db


def told(user: User) -> list[tuple[str, str]]:
    """(title, text) of what somebody was told of their money, in French."""
    with translation.override("fr"):
        lines = list_notices(user=user).lines
        return [(line.words.title, line.words.text) for line in lines if line.kind.startswith(("PAYMENT", "REFUND", "MONEY"))]


def unknown(mvola: Bank, payer: User) -> Payment:
    mvola.next_starts.append(lost(mvola))
    payment = sent_payment(payer, make=push_payment, now=timezone.now())
    assert payment.state == "UNKNOWN"
    return payment


def test_while_nobody_knows_the_payer_is_told_not_to_pay_again(mvola: Bank, amina: User, carol: User) -> None:
    payment = unknown(mvola, amina)
    deliver_all()
    [(title, text)] = told(amina)
    assert title == "Un paiement attend sa réponse"
    assert text == (
        f"Nous ne savons pas encore si le paiement {payment.our_reference} a abouti. "
        "Ne payez pas une seconde fois. Nous vous le disons sous 24 heures."
    )
    assert told(carol) == []


@pytest.mark.parametrize(("state", "title"), [("SUCCEEDED", "Votre paiement a abouti"), ("FAILED", "Votre paiement n’a pas abouti")])
def test_and_is_told_the_end(mvola: Bank, amina: User, state: str, title: str) -> None:
    payment = unknown(mvola, amina)
    Payment.objects.filter(pk=payment.pk).update(provider_ref=f"MVOLA-{payment.our_reference}")
    if state == "SUCCEEDED":
        mvola.pay(payment)
    else:
        mvola.end(payment, state)
    settle_payment(payment_id=payment.pk, now=timezone.now())
    deliver_all()
    assert title in [said for said, _text in told(amina)]


def test_what_was_never_in_doubt_needs_no_notice(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    tell_decided(payment_id=payment.pk, now=after(minutes=2))
    tell_unknown(payment_id=payment.pk, now=after(minutes=2))
    assert told(amina) == []


def test_told_twice_is_told_once(mvola: Bank, amina: User) -> None:
    payment = unknown(mvola, amina)
    for _time in range(3):
        tell_unknown(payment_id=payment.pk, now=timezone.now())
    assert len(told(amina)) == 1


def back(bank: Bank, payer: User) -> Refund:
    payment = paid_payment(bank, payer)
    refund = request_refund(payment_id=payment.pk, money=payment.money, reason="FAULT", by=None, now=after(minutes=2))
    return submit_refund(refund_id=refund.pk, now=after(minutes=2))


def test_money_that_went_back(bank: Bank, amina: User) -> None:
    refund = back(bank, amina)
    tell_refund(refund_id=refund.pk, now=after(minutes=3))
    [(title, text)] = told(amina)
    assert title == "Votre remboursement est parti"
    assert "4,99\u00a0€" in text


def test_money_that_did_not_go_back_is_for_the_team(bank: Bank, amina: User, mod: User) -> None:
    bank.next_refunds.append(Refused("CHARGE_DISPUTED"))
    refund = back(bank, amina)
    assert refund.state == "FAILED"
    tell_refund(refund_id=refund.pk, now=after(minutes=3))
    assert (told(amina), len(told(mod))) == ([], 1)
    assert refund.payment.our_reference in told(mod)[0][1]


def test_who_is_gone_is_told_nothing(bank: Bank, amina: User) -> None:
    refund = back(bank, amina)
    Payment.objects.update(payer=None)
    tell_refund(refund_id=refund.pk, now=after(minutes=3))
    assert told(amina) == []
