"""Airtel Money against its stand-in and against servers that lie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from billing.enums import PaymentState
from billing.models import Payment, Refund
from billing.providers.airtel import AirtelMoney
from billing.providers.base import BadSignature, Hint, Manual, PushSent, Refunded, RefundPending, Refused, Unclear
from billing.tests.operators.conftest import NOW, MakePayment
from billing.tests.operators.standin import Operators, point_at, wait_until
from core.http import BadAnswer
from core.tests.standin import Reply, Said, StandIn

pytestmark = pytest.mark.django_db

BEN = "+261330000003"
TOKEN = b'{"access_token": "t", "expires_in": "180"}'


def begin(operators: Operators, make_payment: MakePayment, **knobs: Any) -> Payment:
    """A payment that waits on Ben's telephone."""
    operators.turn("airtel", settle_ms=None, **knobs)
    payment = make_payment("AIRTEL", msisdn=BEN)
    assert AirtelMoney().start(payment, now=NOW) == PushSent(payment.our_reference)
    return payment


def pay(operators: Operators, payment: Payment) -> Payment:
    assert operators.press("airtel", payment.our_reference, "approve") == 200
    found = AirtelMoney().fetch(payment, now=NOW)
    assert found.state == PaymentState.SUCCEEDED
    payment.settle_ref = found.settle_ref
    return payment


def answering(status: int, body: object = b"{}") -> Callable[[Said], Reply]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda said: Reply(chunks=[TOKEN]) if said.path == "/auth/oauth2/token" else Reply(status, {}, [raw])


def codes(**status: str) -> dict[str, Any]:
    return {"status": {"success": False, **status}}


def told(word: str, name: str, **more: str) -> dict[str, Any]:
    return {"data": {"transaction": {"id": name, "status": word, **more}}, "status": {"success": False}}


# ---- Begin -----------------------------------------------------------------------------------------------------------------------
def test_a_question_is_put_on_the_telephone(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    deal = operators.deal("airtel")
    assert (deal["id"], deal["reference"]) == (payment.our_reference, payment.our_reference)
    assert (deal["payer"], deal["amount"], deal["state"]) == ("0330000003", 15000, "WAITING")


def test_what_is_sent_is_exactly_the_contract(settings: Any, make_payment: MakePayment) -> None:
    with StandIn(answering(200, told("SUCCESS", "x"))) as server:
        point_at(settings, server.url(""))
        payment = make_payment("AIRTEL", msisdn=BEN)
        assert AirtelMoney().start(payment, now=NOW) == PushSent(payment.our_reference)
    token, order = server.said
    assert json.loads(token.body) == {"client_id": "airtel-client", "client_secret": "airtel-secret", "grant_type": "client_credentials"}
    assert (order.method, order.path) == ("POST", "/merchant/v1/payments/")
    names = {name: order.headers[name] for name in ("authorization", "x-country", "x-currency", "content-type", "accept")}
    assert names == {
        "authorization": "Bearer t",
        "x-country": "MG",
        "x-currency": "MGA",
        "content-type": "application/json",
        "accept": "*/*",
    }
    assert json.loads(order.body) == {
        "reference": payment.our_reference,
        "subscriber": {"country": "MG", "currency": "MGA", "msisdn": "330000003"},
        "transaction": {"amount": 15000, "country": "MG", "currency": "MGA", "id": payment.our_reference},
    }
    assert not {"x-signature", "x-key"} & order.headers.keys()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, codes(response_code="DP00800001007"), Refused("DP00800001007")),
        (400, codes(result_code="ESB000034"), Refused("ESB000034", alert=True)),
        (400, codes(code="ROUTER003"), Refused("ROUTER003", alert=True)),
        (401, b"{}", Refused("HTTP_401", retry_later=True, alert=True)),
        (403, b"<html>", Refused("HTTP_403", retry_later=True, alert=True)),
        (429, b"{}", Refused("HTTP_429", retry_later=True)),
    ],
)
def test_refusals(settings: Any, make_payment: MakePayment, status: int, body: object, expected: Refused) -> None:
    with StandIn(answering(status, body)) as server:
        point_at(settings, server.url(""))
        assert AirtelMoney().start(make_payment("AIRTEL", msisdn=BEN), now=NOW) == expected


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (408, {}),
        (500, codes(response_code="DP00800001007")),  # the code is plain, the door is not
        (502, {}),
        (504, {}),
        (200, {}),
        (200, b""),
        (200, codes(code="ROUTER117")),
        *[(200, codes(result_code=code)) for code in ("ESB000001", "ESB000004", "ESB000008", "ESB000014", "ESB000041", "ESB000045")],
        (400, codes(result_code="ESB000036")),  # a limit, or a number that is too long
        (200, codes(response_code="DP00900001017")),
        (200, codes(response_code="DP00800001006")),
        (200, codes(response_code="DP12345678901")),
        (400, {}),
        (200, told("TA", "x")),
    ],
)
def test_whatever_is_unclear_is_asked_about(settings: Any, make_payment: MakePayment, status: int, body: object) -> None:
    with StandIn(answering(status, body)) as server:
        point_at(settings, server.url(""))
        assert isinstance(AirtelMoney().start(make_payment("AIRTEL", msisdn=BEN), now=NOW), Unclear)


def test_a_lost_reply_is_found_by_our_name_and_a_second_submit_charges_nobody(operators: Operators, make_payment: MakePayment) -> None:
    operators.turn("airtel", reply_lost=1.0, settle_ms=None)
    payment = make_payment("AIRTEL", msisdn=BEN)
    assert isinstance(AirtelMoney().start(payment, now=NOW), Unclear)
    assert AirtelMoney().fetch(payment, now=NOW).state == PaymentState.PENDING
    operators.turn("airtel", reply_lost=0)
    assert isinstance(AirtelMoney().start(payment, now=NOW), Unclear)
    assert len(operators.deals("airtel")) == 1


def test_what_was_never_processed_is_not_found(operators: Operators, make_payment: MakePayment) -> None:
    operators.turn("airtel", error_before=1.0)
    payment = make_payment("AIRTEL", msisdn=BEN)
    assert isinstance(AirtelMoney().start(payment, now=NOW), Unclear)
    found = AirtelMoney().fetch(payment, now=NOW)
    assert (found.state, found.failure_code) == (PaymentState.UNKNOWN, "NOT_FOUND")


# ---- Signed messages -------------------------------------------------------------------------------------------------------------
def test_messages_are_signed_where_that_is_demanded(operators: Operators, make_payment: MakePayment, settings: Any) -> None:
    settings.AIRTEL_SIGNING = True
    payment = begin(operators, make_payment, signing=True)
    settings.AIRTEL_SIGNING = False
    unsigned = AirtelMoney().start(make_payment("AIRTEL", msisdn=BEN), now=NOW)
    assert isinstance(unsigned, Unclear)  # ESB000008 may mean anything
    assert [deal["id"] for deal in operators.deals("airtel")] == [payment.our_reference]


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"data": {"key": "AAAA"}}, {"data": {"key": "é"}}, {"data": "key"}, b"<html>"])
def test_without_a_key_nothing_is_sent(settings: Any, make_payment: MakePayment, body: object) -> None:
    with StandIn(answering(200, body)) as server:
        point_at(settings, server.url(""))
        settings.AIRTEL_SIGNING = True
        assert AirtelMoney().start(make_payment("AIRTEL", msisdn=BEN), now=NOW) == Refused("NOT_REACHED", retry_later=True)
        assert [said.path for said in server.said] == ["/auth/oauth2/token", "/v1/rsa/encryption-keys"]


# ---- Ask -------------------------------------------------------------------------------------------------------------------------
def test_it_waits_then_it_is_paid(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    assert AirtelMoney().fetch(payment, now=NOW).state == PaymentState.PENDING
    operators.press("airtel", payment.our_reference, "approve")
    found = AirtelMoney().fetch(payment, now=NOW)
    assert (found.state, found.provider_ref) == (PaymentState.SUCCEEDED, payment.our_reference)
    assert found.settle_ref == operators.deal("airtel")["transaction"] != ""
    assert (found.money, found.payee, found.payer) == (None, "", "")  # it does not say


def test_it_waits_then_it_is_refused(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    operators.press("airtel", payment.our_reference, "refuse")
    assert AirtelMoney().fetch(payment, now=NOW).state == PaymentState.FAILED


def test_nobody_looks_at_the_telephone(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    operators.advance(121)
    wait_until(lambda: AirtelMoney().fetch(payment, now=NOW).state == PaymentState.EXPIRED)


def test_a_doubt_is_no_failure_and_ends_after_a_while(operators: Operators, make_payment: MakePayment) -> None:
    operators.turn("airtel", ambiguous=1.0, settle_ms=0)
    payment = make_payment("AIRTEL", msisdn=BEN)
    AirtelMoney().start(payment, now=NOW)
    wait_until(lambda: AirtelMoney().fetch(payment, now=NOW).state == PaymentState.UNKNOWN)
    operators.advance(601)
    wait_until(lambda: AirtelMoney().fetch(payment, now=NOW).state == PaymentState.SUCCEEDED)


@pytest.mark.parametrize(
    ("word", "more", "state", "why"),
    [
        ("TS", {}, PaymentState.UNKNOWN, "NO_AIRTEL_MONEY_ID"),
        ("TS", {"airtel_money_id": ""}, PaymentState.UNKNOWN, "NO_AIRTEL_MONEY_ID"),
        ("SUCCESS", {"airtel_money_id": "MP1"}, PaymentState.UNKNOWN, "UNKNOWN_WORD"),
        ("TR", {"airtel_money_id": "MP1"}, PaymentState.UNKNOWN, "UNKNOWN_WORD"),
        ("TA", {}, PaymentState.UNKNOWN, ""),
        ("TF", {}, PaymentState.FAILED, "TF"),
        ("TE", {}, PaymentState.EXPIRED, "TE"),
        ("TI", {}, PaymentState.PENDING, ""),
    ],
)
def test_the_word_decides(settings: Any, make_payment: MakePayment, word: str, more: dict[str, str], state: str, why: str) -> None:
    payment = make_payment("AIRTEL", msisdn=BEN)
    with StandIn(answering(200, told(word, payment.our_reference, **more))) as server:
        point_at(settings, server.url(""))
        found = AirtelMoney().fetch(payment, now=NOW)
    assert (found.state, found.failure_code, found.settle_ref) == (state, why, "")


def test_codes_explain_a_failure_and_never_decide(settings: Any, make_payment: MakePayment) -> None:
    payment = make_payment("AIRTEL", msisdn=BEN)
    for word, state in (("TF", PaymentState.FAILED), ("TIP", PaymentState.PENDING)):
        said = {**told(word, payment.our_reference), **codes(response_code="DP00800001007", result_code="ESB000010")}
        with StandIn(answering(200, said)) as server:
            point_at(settings, server.url(""))
            found = AirtelMoney().fetch(payment, now=NOW)
        assert (found.state, found.failure_code) == (state, "DP00800001007" if word == "TF" else "")


def test_the_answer_about_another_payment_is_no_answer(settings: Any, make_payment: MakePayment) -> None:
    with StandIn(answering(200, told("TS", "ANOTHER", airtel_money_id="MP1"))) as server:
        point_at(settings, server.url(""))
        found = AirtelMoney().fetch(make_payment("AIRTEL", msisdn=BEN), now=NOW)
    assert (found.state, found.failure_code, found.settle_ref) == (PaymentState.UNKNOWN, "OTHER_PAYMENT", "")


@pytest.mark.parametrize(("status", "body"), [(500, {}), (401, {}), (404, {}), (400, codes(result_code="ESB000014")), (200, b"<html>")])
def test_a_question_without_an_answer_says_nothing(settings: Any, make_payment: MakePayment, status: int, body: object) -> None:
    with StandIn(answering(status, body)) as server:
        point_at(settings, server.url(""))
        with pytest.raises(BadAnswer):
            AirtelMoney().fetch(make_payment("AIRTEL", msisdn=BEN), now=NOW)


# ---- Back ------------------------------------------------------------------------------------------------------------------------
def test_all_of_it_goes_back_once(operators: Operators, make_payment: MakePayment) -> None:
    payment = pay(operators, begin(operators, make_payment))
    refund = Refund(payment=payment, amount_minor=15000)
    assert AirtelMoney().fetch_refund(refund, now=NOW).state == PaymentState.UNKNOWN
    assert AirtelMoney().refund(refund, now=NOW) == Refunded(str(payment.settle_ref))
    assert AirtelMoney().fetch_refund(refund, now=NOW).state == PaymentState.SUCCEEDED
    again = AirtelMoney().refund(refund, now=NOW)
    assert isinstance(again, Unclear | Refused)
    assert operators.deal("airtel")["refunded_at"] > 0


def test_a_refund_whose_reply_was_lost_is_found_out(operators: Operators, make_payment: MakePayment) -> None:
    payment = pay(operators, begin(operators, make_payment))
    operators.turn("airtel", reply_lost=1.0)
    refund = Refund(payment=payment, amount_minor=15000)
    assert isinstance(AirtelMoney().refund(refund, now=NOW), Unclear)
    assert AirtelMoney().fetch_refund(refund, now=NOW).state == PaymentState.SUCCEEDED


def test_a_part_goes_back_by_hand(operators: Operators, make_payment: MakePayment) -> None:
    payment = pay(operators, begin(operators, make_payment))
    assert AirtelMoney().refund(Refund(payment=payment, amount_minor=5000), now=NOW) == Manual()
    assert operators.deal("airtel")["refunded_at"] == 0


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"data": {"transaction": {"status": "TIP"}}}, RefundPending("MP1")),
        (200, {"data": {"transaction": {"status": "SUCCESS", "airtel_money_id": "CI9"}}, **codes()}, Refunded("CI9")),
        (200, codes(response_code="DP00800001010"), Refused("DP00800001010")),
        (503, codes(response_code="DP00800001010"), Unclear("status 503 DP00800001010")),
        (200, {}, Unclear("status 200")),
    ],
)
def test_what_a_refund_is_answered(settings: Any, make_payment: MakePayment, status: int, body: object, expected: object) -> None:
    with StandIn(answering(status, body)) as server:
        point_at(settings, server.url(""))
        payment = make_payment("AIRTEL", msisdn=BEN, settle_ref="MP1")
        assert AirtelMoney().refund(Refund(payment=payment, amount_minor=15000), now=NOW) == expected
    assert json.loads(server.said[-1].body) == {"transaction": {"airtel_money_id": "MP1"}}


# ---- Events ----------------------------------------------------------------------------------------------------------------------
def test_a_callback_names_the_payment_by_our_name(operators: Operators, house: StandIn, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment, callback_url=house.url("/webhooks/airtel/"))
    operators.press("airtel", payment.our_reference, "approve")
    wait_until(lambda: len(house.said) == 1)
    (said,) = house.said
    hint = AirtelMoney().parse_event(said.body, said.headers, now=NOW)
    assert hint == Hint(hint.event_id, "TS", payment_ref=payment.our_reference)


def test_a_callback_with_its_hash(operators: Operators, house: StandIn, make_payment: MakePayment, settings: Any) -> None:
    settings.AIRTEL_CALLBACK_SECRET = "shared"
    payment = begin(operators, make_payment, callback_url=house.url("/webhooks/airtel/"), callback_secret="shared")
    operators.press("airtel", payment.our_reference, "refuse")
    wait_until(lambda: len(house.said) == 1)
    raw = house.said[0].body
    assert AirtelMoney().parse_event(raw, {}, now=NOW).payment_ref == payment.our_reference
    for forged in (raw.replace(b"TF", b"TS"), raw.replace(b'"hash"', b'"hush"')):
        assert forged != raw
        with pytest.raises(BadSignature):
            AirtelMoney().parse_event(forged, {}, now=NOW)
    settings.AIRTEL_CALLBACK_SECRET = "another"
    with pytest.raises(BadSignature):
        AirtelMoney().parse_event(raw, {}, now=NOW)


def test_the_hash_is_that_of_the_document(settings: Any) -> None:
    settings.AIRTEL_CALLBACK_SECRET = "shared"
    transaction = b'{"id":"A","message":"Pay\xc3\xa9","status_code":"TS","airtel_money_id":"MP1"}'
    proof = base64.b64encode(hmac.digest(b"shared", transaction, hashlib.sha256))
    assert AirtelMoney().parse_event(b'{"transaction": ' + transaction + b', "hash": "' + proof + b'"}', {}, now=NOW).payment_ref == "A"


@pytest.mark.parametrize("proof", [None, 1, "", "é", ["x"]])
def test_what_is_no_hash_is_refused(settings: Any, proof: object) -> None:
    settings.AIRTEL_CALLBACK_SECRET = "shared"
    with pytest.raises(BadSignature):
        AirtelMoney().parse_event(json.dumps({"transaction": {"id": "A"}, "hash": proof}).encode(), {}, now=NOW)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"transaction": []}', b'{"transaction": {}}', b'{"transaction": {"id": 1}}', b'{"transaction": {"id": ""}}'],
)
def test_what_is_no_callback_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        AirtelMoney().parse_event(raw, {}, now=NOW)
