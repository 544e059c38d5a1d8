"""Payments by PayPal against its stand-in, which runs as a program of its own: what moves money, what does not, and what nobody knows."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest

from accounts.models import User
from billing.enums import PaymentState
from billing.models import Payment
from billing.providers.base import Redirect, Refused, Unclear
from billing.providers.paypal import CURRENCIES, PayPal
from billing.providers.paypalcalls import forget_token
from billing.providers.table import NotConfigured, get_provider, list_providers
from billing.tests.paypal.house import S, Stand, begin, fetch, make, now, paid
from core.http import OutboundError
from core.money import EXPONENTS, Money

pytestmark = pytest.mark.django_db


# ---- Whether there is one ------------------------------------------------------------------------------------------------------
def test_without_keys_it_is_not_offered(settings: Any) -> None:
    settings.PAYPAL_CLIENT_ID = ""
    assert "PAYPAL" not in [provider.name for provider in list_providers()]
    with pytest.raises(NotConfigured):
        get_provider("PAYPAL")


def test_it_takes_euros_and_dollars_alone(stand: Stand, amina: User) -> None:
    can = get_provider("PAYPAL").capabilities()
    assert can.currencies == CURRENCIES == {"EUR", "USD"}
    assert (can.refunds, can.recurring, can.repeatable, can.finds_by_reference) == ("PARTIAL", False, True, False)
    assert can.payee == "RESAKAMERCHANT"
    for currency in set(EXPONENTS) - CURRENCIES:
        assert PayPal().start(make(amina, Money(20_000, currency)), now=now()) == Refused("CURRENCY")
    assert stand.orders == []


# ---- Beginning -----------------------------------------------------------------------------------------------------------------
def test_an_order_says_what_is_paid_and_by_which_name(stand: Stand, amina: User, settings: Any) -> None:
    payment = make(amina)
    begun = PayPal().start(payment, now=now())
    assert isinstance(begun, Redirect)
    (order,) = stand.orders
    assert begun == Redirect(f"{stand.url}/checkoutnow?token={order['id']}", order["id"])
    assert order["unit"]["amount"] == {"currency_code": "EUR", "value": "12.50"}
    assert order["unit"]["custom_id"] == order["unit"]["invoice_id"] == payment.our_reference
    assert order["context"]["return_url"] == f"{settings.ORIGIN}/money/payments/{payment.public_id}/"
    assert "Amina" not in json.dumps(order)


def test_told_twice_there_is_one_order(stand: Stand, amina: User) -> None:
    payment = make(amina)
    assert PayPal().start(payment, now=now()) == PayPal().start(payment, now=now())
    assert len(stand.orders) == 1


@pytest.mark.parametrize("fault", ["reply_lost", "error_after", "error_before", "rate_limit"])
def test_whoever_lost_the_answer_says_so_and_asks_again_for_the_same_order(stand: Stand, amina: User, fault: str) -> None:
    payment = make(amina)
    stand.breaks("create", fault)
    assert isinstance(PayPal().start(payment, now=now()), Unclear)
    assert isinstance(PayPal().start(payment, now=now()), Redirect)
    assert len(stand.orders) == 1


def test_a_paypal_that_is_away_is_unclear(stand: Stand, amina: User, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = []
    assert isinstance(PayPal().start(make(amina), now=now()), Unclear)


def test_wrong_keys_are_no_order(stand: Stand, amina: User, settings: Any) -> None:
    settings.PAYPAL_SECRET = "another"
    forget_token()
    assert isinstance(PayPal().start(make(amina), now=now()), Unclear)
    assert stand.orders == []


def test_a_token_is_kept_and_renewed_when_it_ended_early(stand: Stand, amina: User) -> None:
    for _time in range(3):
        begin(amina)
    assert stand.counts["calls token"] == 1
    stand.hand("POST", "tokens")
    begin(amina)
    assert stand.counts["calls token"] == 2


def test_what_paypal_refuses_is_refused(stand: Stand, amina: User, settings: Any) -> None:
    settings.PAYPAL_MERCHANT_ID = "SOMEBODYELSE"
    assert PayPal().start(make(amina), now=now()) == Refused("PAYEE_ACCOUNT_INVALID")


# ---- Asking --------------------------------------------------------------------------------------------------------------------
def test_before_the_payer_has_approved_nothing_is_paid(stand: Stand, amina: User) -> None:
    payment = begin(amina)
    assert fetch(payment).state == S.PENDING
    assert "calls capture" not in stand.counts


def test_what_was_approved_is_captured_and_then_paid(stand: Stand, amina: User) -> None:
    payment = begin(amina)
    stand.decide(payment)
    found = fetch(payment)
    assert (found.state, found.money, found.payee) == (S.SUCCEEDED, Money(1250, "EUR"), "RESAKAMERCHANT")
    assert (found.provider_ref, found.fee) == (payment.provider_ref, Money(71, "EUR"))
    assert found.settle_ref == stand.orders[0]["captures"][0]["id"] != ""
    assert found.raw == {"payer_country": "FR"}
    assert fetch(payment) == found
    assert stand.counts["captured"] == 1


@pytest.mark.parametrize("fault", ["reply_lost", "error_after", "error_before", "rate_limit"])
def test_a_capture_whose_answer_was_lost_is_made_once(stand: Stand, amina: User, fault: str) -> None:
    payment = begin(amina)
    stand.decide(payment)
    stand.breaks("capture", fault)
    with pytest.raises(OutboundError):
        fetch(payment)
    assert fetch(payment).state == S.SUCCEEDED
    assert stand.counts["captured"] == 1


def test_an_approved_order_of_a_payment_that_was_given_up_is_left_to_lapse(stand: Stand, amina: User) -> None:
    released, expired = begin(amina), begin(amina)
    for payment in (released, expired):
        stand.decide(payment)
    released.open_key = None  # paid by another way meanwhile
    expired.state = S.EXPIRED
    for payment in (released, expired):
        assert fetch(payment).state == S.PENDING
    assert "captured" not in stand.counts


@pytest.mark.parametrize(
    ("word", "state"),
    [("COMPLETED", S.SUCCEEDED), ("PENDING", S.PENDING), ("DECLINED", S.FAILED), ("FAILED", S.FAILED), ("ODD", S.UNKNOWN)],
)
def test_the_word_of_the_capture_decides(stand: Stand, amina: User, word: str, state: PaymentState) -> None:
    payment = begin(amina)
    stand.decide(payment)
    stand.hand("PUT", "knobs", capture_status=word)
    assert fetch(payment).state == state


@pytest.mark.parametrize(
    ("word", "state"), [("INSTRUMENT_DECLINED", S.FAILED), ("PAYER_CANNOT_PAY", S.FAILED), ("SOMETHING_NEW", S.UNKNOWN)]
)
def test_a_refused_capture_is_over_or_unknown(stand: Stand, amina: User, word: str, state: PaymentState) -> None:
    payment = begin(amina)
    stand.decide(payment)
    stand.hand("PUT", "knobs", decline=word)
    found = fetch(payment)
    assert (found.state, found.failure_code) == (state, word)


def test_a_second_order_under_one_name_is_never_captured(stand: Stand, amina: User) -> None:
    first = paid(stand, amina)
    second = begin(amina)
    Payment.objects.filter(pk=first.pk).update(our_reference="ANOTHERNAME000000000")
    second.our_reference = first.our_reference
    second.submit_key = uuid.uuid4()
    begun = PayPal().start(second, now=now())
    assert isinstance(begun, Redirect)
    second.provider_ref = begun.provider_ref
    stand.decide(second)
    found = fetch(second)
    assert (found.state, found.failure_code) == (S.UNKNOWN, "DUPLICATE_INVOICE_ID")
    assert stand.counts["captured"] == 1


@pytest.mark.parametrize(
    ("lies", "state", "money", "payee"),
    [
        ({"amount": "12.49"}, S.SUCCEEDED, Money(1249, "EUR"), "RESAKAMERCHANT"),
        ({"merchant_id": "THIEF"}, S.SUCCEEDED, Money(1250, "EUR"), "THIEF"),
        ({"amount": "12.505"}, S.SUCCEEDED, None, "RESAKAMERCHANT"),
        ({"amount": "1e3"}, S.SUCCEEDED, None, "RESAKAMERCHANT"),
        ({"custom_id": "SOMEBODYELSES0000000"}, S.UNKNOWN, None, ""),
    ],
)
def test_what_differs_is_told_as_it_was_said(
    stand: Stand, amina: User, lies: dict[str, str], state: PaymentState, money: Money | None, payee: str
) -> None:
    payment = begin(amina)
    stand.decide(payment)
    stand.hand("PUT", "order", id=payment.provider_ref, lies=lies)
    found = fetch(payment)
    assert (found.state, found.money, found.payee) == (state, money, payee)


def test_a_voided_order_is_over(stand: Stand, amina: User) -> None:
    payment = begin(amina)
    stand.decide(payment, "void")
    assert fetch(payment).state == S.FAILED


@pytest.mark.parametrize(("age", "state"), [(timedelta(hours=3), S.UNKNOWN), (timedelta(hours=5), S.EXPIRED)])
def test_an_order_that_paypal_forgot_has_lapsed_once_it_is_old(stand: Stand, amina: User, age: timedelta, state: PaymentState) -> None:
    payment = begin(amina)
    stand.hand("POST", "reset")
    payment.submitted_at = now() - age
    assert fetch(payment).state == state


@pytest.mark.parametrize("fault", ["reply_lost", "error_before", "rate_limit"])
def test_when_asking_fails_nothing_is_said(stand: Stand, amina: User, fault: str) -> None:
    payment = begin(amina)
    stand.breaks("get", fault)
    with pytest.raises(OutboundError):
        fetch(payment)


def test_the_payer_decides_on_the_page_and_is_sent_back(stand: Stand, amina: User, settings: Any) -> None:
    payment = begin(amina)
    page = f"{stand.url}/checkoutnow?token={payment.provider_ref}"
    assert "12.50 EUR" in httpx.get(page, trust_env=False).text
    sent = httpx.post(page, data={"decision": "approve"}, trust_env=False)
    assert sent.headers["Location"] == f"{settings.ORIGIN}/money/payments/{payment.public_id}/?token={payment.provider_ref}"
    assert fetch(payment).state == S.SUCCEEDED
