"""Orange Money against its stand-in and against servers that lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from billing.enums import PaymentState
from billing.models import Payment, Refund
from billing.providers.base import Manual, Redirect, Refused, Unclear, seal_text
from billing.providers.orange import OrangeMoney, is_from_orange
from billing.tests.operators.conftest import NOW, MakePayment
from billing.tests.operators.standin import Operators, point_at, wait_until
from core.http import BadAnswer
from core.money import Money
from core.tests.standin import Reply, Said, StandIn

pytestmark = pytest.mark.django_db

TOKEN = b'{"access_token": "t", "expires_in": "7776000"}'
SECRET = {"order_id": "A-1", "pay_token": "p", "notif_token": "n"}
PAGE = {"status": 201, "message": "OK", "pay_token": "p", "payment_url": "https://webpayment.orange-money.com/p", "notif_token": "n"}


def begin(operators: Operators, make_payment: MakePayment) -> Payment:
    """A payment whose payer stands before Orange's page."""
    operators.turn("orange", settle_ms=0)
    payment = make_payment("ORANGE")
    sent = OrangeMoney().start(payment, now=NOW)
    assert isinstance(sent, Redirect)
    payment.provider_ref = sent.provider_ref
    payment.provider_secret = seal_text(payment, "provider_secret", sent.secret)
    return payment


def state_of(payment: Payment) -> str:
    return OrangeMoney().fetch(payment, now=NOW).state


def answering(status: int, body: object = b"{}") -> Callable[[Said], Reply]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda said: Reply(chunks=[TOKEN]) if said.path == "/oauth/v3/token" else Reply(status, {}, [raw])


# ---- Begin -----------------------------------------------------------------------------------------------------------------------
def test_the_payer_is_sent_to_the_page_of_the_order(operators: Operators, make_payment: MakePayment) -> None:
    payment = make_payment("ORANGE")
    sent = OrangeMoney().start(payment, now=NOW)
    deal = operators.deal("orange")
    assert isinstance(sent, Redirect)
    assert sent.url == f"{operators.url}/payment/pay_token/{deal['id']}"
    assert sent.provider_ref == deal["reference"] == f"{payment.our_reference}-1"
    assert (deal["amount"], deal["state"], deal["payer"]) == (15000, "WAITING", "")
    assert json.loads(sent.secret)["pay_token"] == deal["id"]
    assert operators.call("GET", sent.url.removeprefix(operators.url))[0] == 200


def test_what_is_sent_is_exactly_the_contract(settings: Any, make_payment: MakePayment) -> None:
    with StandIn(answering(201, PAGE)) as server:
        point_at(settings, server.url(""))
        settings.ORIGIN = "https://resaka.example"
        payment = make_payment("ORANGE", attempt=2)
        sent = OrangeMoney().start(payment, now=NOW)
    assert sent == Redirect(
        "https://webpayment.orange-money.com/p",
        f"{payment.our_reference}-2",
        json.dumps({"order_id": f"{payment.our_reference}-2", "pay_token": "p", "notif_token": "n"}),
    )
    token, order = server.said
    assert (token.headers["authorization"], token.body) == (f"Basic {settings.ORANGE_BASIC}", b"grant_type=client_credentials")
    assert (order.path, order.headers["authorization"]) == ("/orange-money-webpay/mg/v1/webpayment", "Bearer t")
    assert json.loads(order.body) == {
        "merchant_key": "orange-merchant",
        "currency": "MGA",
        "order_id": f"{payment.our_reference}-2",
        "amount": 15000,
        "return_url": f"https://resaka.example/money/payments/{payment.public_id}/",
        "cancel_url": f"https://resaka.example/money/payments/{payment.public_id}/",
        "notif_url": f"https://resaka.example/webhooks/orange/{payment.callback_token}/",
        "lang": "fr",
        "reference": "Resaka",
    }


def test_the_sandbox_has_a_currency_of_its_own_that_stays_there(operators: Operators, make_payment: MakePayment, settings: Any) -> None:
    settings.ORANGE_PLACE = "dev"
    payment = begin(operators, make_payment)
    assert operators.press("orange", operators.deal("orange")["id"], "confirm") == 200
    wait_until(lambda: state_of(payment) == PaymentState.SUCCEEDED)
    assert OrangeMoney().fetch(payment, now=NOW).money == Money(15000, "MGA")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"code": 23, "message": "Missing body field"}, Refused("ORANGE_23")),
        (400, b"<html>", Refused("HTTP_400")),
        (400, {"code": "23"}, Refused("HTTP_400")),
        (401, {"code": 41}, Refused("ORANGE_41", alert=True)),
        (403, {}, Refused("HTTP_403", alert=True)),
        (404, {}, Refused("HTTP_404")),
        (429, {}, Refused("HTTP_429", retry_later=True)),
    ],
)
def test_refusals(settings: Any, make_payment: MakePayment, status: int, body: object, expected: Refused) -> None:
    with StandIn(answering(status, body)) as server:
        point_at(settings, server.url(""))
        assert OrangeMoney().start(make_payment("ORANGE"), now=NOW) == expected


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {}),
        (503, {}),
        (200, PAGE),
        (201, b"<html>"),
        (201, {}),
        (201, {**PAGE, "status": "201"}),
        (201, {**PAGE, "pay_token": ""}),
        (201, {**PAGE, "notif_token": None}),
        (201, {**PAGE, "payment_url": "http://webpayment.orange-money.com/p"}),
        (201, {**PAGE, "payment_url": "javascript:alert(1)"}),
        (201, {**PAGE, "payment_url": "/p"}),
        (201, {**PAGE, "payment_url": "https:///p"}),
    ],
)
def test_nobody_is_sent_anywhere_on_an_answer_that_is_not_whole(
    settings: Any, make_payment: MakePayment, status: int, body: object
) -> None:
    with StandIn(answering(status, body)) as server:
        point_at(settings, server.url(""))
        assert isinstance(OrangeMoney().start(make_payment("ORANGE"), now=NOW), Unclear)


def test_a_lost_reply_is_made_good_by_a_new_order(operators: Operators, make_payment: MakePayment) -> None:
    operators.turn("orange", reply_lost=1.0)
    payment = make_payment("ORANGE")
    assert isinstance(OrangeMoney().start(payment, now=NOW), Unclear)
    operators.turn("orange", reply_lost=0)
    assert OrangeMoney().start(payment, now=NOW) == Refused("ORANGE_31")  # the same order once more
    payment.attempt = 2
    assert isinstance(OrangeMoney().start(payment, now=NOW), Redirect)
    assert [deal["reference"][-2:] for deal in operators.deals("orange")] == ["-1", "-2"]


# ---- Ask -------------------------------------------------------------------------------------------------------------------------
def test_the_way_of_a_payment(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    operators.turn("orange", settle_ms=600_000)
    token = operators.deal("orange")["id"]
    assert state_of(payment) == PaymentState.PENDING
    assert operators.press("orange", token, "confirm") == 200
    assert operators.deal("orange")["state"] == "CONFIRMED"
    assert state_of(payment) == PaymentState.PENDING
    operators.advance(601)
    wait_until(lambda: state_of(payment) == PaymentState.SUCCEEDED)
    found = OrangeMoney().fetch(payment, now=NOW)
    assert (found.settle_ref, found.money) == (operators.deal("orange")["transaction"], Money(15000, "MGA"))
    assert (found.payee, found.payer) == ("", "")


def test_it_is_cancelled(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    assert operators.press("orange", operators.deal("orange")["id"], "cancel") == 200
    assert state_of(payment) == PaymentState.FAILED


def test_nobody_stands_before_the_page_for_ten_minutes(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    operators.advance(601)
    wait_until(lambda: state_of(payment) == PaymentState.EXPIRED)


def test_an_amount_that_is_not_the_token_s_is_not_found(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    payment.amount_minor = 14999
    found = OrangeMoney().fetch(payment, now=NOW)
    assert (found.state, found.failure_code) == (PaymentState.UNKNOWN, "NOT_FOUND")


def test_without_a_page_nothing_was_paid(operators: Operators, make_payment: MakePayment) -> None:
    found = OrangeMoney().fetch(make_payment("ORANGE"), now=NOW)
    assert (found.state, found.failure_code) == (PaymentState.FAILED, "NO_PAGE")
    assert operators.counts("orange") == {}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"status": "SUCCESS", "order_id": "A-1"}, "NO_TXNID"),
        ({"status": "SUCCESS", "order_id": "A-1", "txnid": ""}, "NO_TXNID"),
        ({"status": "SUCCESS", "order_id": "A-2", "txnid": "M"}, "OTHER_PAYMENT"),
        ({"status": "SUCCESS", "txnid": "M"}, "OTHER_PAYMENT"),
        ({"status": "PAID", "order_id": "A-1", "txnid": "M"}, "UNKNOWN_WORD"),
        ({"status": "success", "order_id": "A-1", "txnid": "M"}, "UNKNOWN_WORD"),
        ({"status": ["SUCCESS"], "order_id": "A-1", "txnid": "M"}, "UNKNOWN_WORD"),
    ],
)
def test_an_answer_that_does_not_fit_is_never_a_success(settings: Any, make_payment: MakePayment, said: dict[str, Any], why: str) -> None:
    with StandIn(answering(200, said)) as server:
        point_at(settings, server.url(""))
        found = OrangeMoney().fetch(make_payment("ORANGE", secret=json.dumps(SECRET)), now=NOW)
    assert (found.state, found.failure_code, found.settle_ref, found.money) == (PaymentState.UNKNOWN, why, "", None)


@pytest.mark.parametrize("status", [200, 201])
def test_both_statuses_are_an_answer(settings: Any, make_payment: MakePayment, status: int) -> None:
    with StandIn(answering(status, {"status": "SUCCESS", "order_id": "A-1", "txnid": "MP1"})) as server:
        point_at(settings, server.url(""))
        found = OrangeMoney().fetch(make_payment("ORANGE", secret=json.dumps(SECRET)), now=NOW)
    assert (found.state, found.settle_ref) == (PaymentState.SUCCEEDED, "MP1")
    assert json.loads(server.said[-1].body) == {"order_id": "A-1", "amount": 15000, "pay_token": "p"}


@pytest.mark.parametrize("status", [400, 401, 500, 502])
def test_a_question_without_an_answer_says_nothing(settings: Any, make_payment: MakePayment, status: int) -> None:
    with StandIn(answering(status)) as server:
        point_at(settings, server.url(""))
        with pytest.raises(BadAnswer):
            OrangeMoney().fetch(make_payment("ORANGE", secret=json.dumps(SECRET)), now=NOW)


# ---- Events, back ----------------------------------------------------------------------------------------------------------------
def test_a_notification_carries_the_token_of_its_payment(operators: Operators, house: StandIn, make_payment: MakePayment) -> None:
    payment, other = begin(operators, make_payment), begin(operators, make_payment)
    ours = next(deal for deal in operators.deals("orange") if deal["reference"] == payment.provider_ref)
    operators.press("orange", ours["id"], "confirm")
    wait_until(lambda: len(house.said) == 1)
    (said,) = house.said
    assert (said.method, said.path) == ("POST", f"/webhooks/orange/{payment.callback_token}/")
    hint = OrangeMoney().parse_event(said.body, said.headers, now=NOW)
    assert (hint.kind, hint.payment_ref, hint.provider_ref) == ("SUCCESS", "", "")
    assert is_from_orange(payment, hint.notes)
    assert not is_from_orange(other, hint.notes)
    assert not is_from_orange(make_payment("ORANGE"), hint.notes)
    assert not is_from_orange(payment, {})
    assert json.loads(said.body)["notif_token"] not in str(hint)  # the inbox keeps a hash, no token


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"status": "SUCCESS"}',
        b'{"notif_token": "n"}',
        b'{"status": 1, "notif_token": "n"}',
        b'{"status": "SUCCESS", "notif_token": ""}',
    ],
)
def test_what_is_no_notification_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        OrangeMoney().parse_event(raw, {}, now=NOW)


def test_there_is_no_way_back(make_payment: MakePayment) -> None:
    refund = Refund(payment=make_payment("ORANGE"), amount_minor=15000)
    assert OrangeMoney().refund(refund, now=NOW) == Manual()
    assert OrangeMoney().fetch_refund(refund, now=NOW).state == PaymentState.PENDING
