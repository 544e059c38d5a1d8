"""MVola against its stand-in and against servers that lie: what each answer means for a payment."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from billing.enums import PaymentState
from billing.providers.base import Hint, Manual, PushSent, Refused, Unclear
from billing.providers.bearer import get_token
from billing.providers.mvola import MVola
from billing.providers.table import NotConfigured, get_provider, list_providers
from billing.tests.operators.conftest import AMINA, NOW, MakePayment
from billing.tests.operators.standin import MERCHANT, Operators, point_at, wait_until
from core.http import BadAnswer, OutboundError
from core.money import Money
from core.tests.standin import Reply, Said, StandIn

pytestmark = pytest.mark.django_db

TOKEN = b'{"access_token": "t", "expires_in": 3600}'


def begin(operators: Operators, make_payment: MakePayment, **knobs: Any) -> Any:
    """A payment that waits on Amina's telephone."""
    operators.turn("mvola", settle_ms=None, **knobs)
    payment = make_payment("MVOLA")
    sent = MVola().start(payment, now=NOW)
    assert isinstance(sent, PushSent)
    payment.provider_ref = sent.provider_ref
    return payment


# ---- Begin -----------------------------------------------------------------------------------------------------------------------
def test_a_question_is_put_on_the_telephone_in_the_words_of_the_contract(
    operators: Operators, house: StandIn, make_payment: MakePayment
) -> None:
    payment = begin(operators, make_payment)
    deal = operators.deal("mvola")
    assert (deal["id"], deal["state"], deal["amount"]) == (payment.provider_ref, "WAITING", 15000)
    assert (deal["payer"], deal["payee"], deal["reference"]) == ("0340000003", MERCHANT, payment.our_reference)
    assert deal["callback_url"] == house.url(f"/webhooks/mvola/{payment.callback_token}/")
    counts = operators.counts("mvola")
    assert {name: counts[name] for name in counts if name.startswith("without")} == {
        "without UserLanguage": 0,
        "without partnerName": 0,
        "without Cache-Control": 0,
    }


def test_what_is_sent_is_exactly_the_document(settings: Any, make_payment: MakePayment) -> None:
    def answer(said: Said) -> Reply:
        return Reply(chunks=[TOKEN if said.path == "/token" else b'{"status": "pending", "serverCorrelationId": "s-1"}'])

    with StandIn(answer) as server:
        point_at(settings, server.url(""))
        payment = make_payment("MVOLA")
        assert MVola().start(payment, now=NOW) == PushSent("s-1")
    token, order = server.said
    assert (token.method, token.headers["authorization"]) == ("POST", "Basic " + base64.b64encode(b"mvola-key:mvola-secret").decode())
    assert token.body == b"grant_type=client_credentials&scope=EXT_INT_MVOLA_SCOPE"
    assert (order.method, order.path) == ("POST", "/mvola/mm/transactions/type/merchantpay/1.0.0/")
    assert {
        name: order.headers[name] for name in ("authorization", "version", "x-correlationid", "useraccountidentifier", "partnername")
    } == {
        "authorization": "Bearer t",
        "version": "1.0",
        "x-correlationid": str(payment.submit_key),
        "useraccountidentifier": f"msisdn;{MERCHANT}",
        "partnername": "Resaka",
    }
    assert json.loads(order.body) == {
        "amount": "15000",
        "currency": "Ar",
        "descriptionText": f"Resaka-{payment.our_reference}",
        "requestingOrganisationTransactionReference": payment.our_reference,
        "originalTransactionReference": payment.our_reference,
        "requestDate": "2026-11-26T10:00:00.123Z",
        "debitParty": [{"key": "msisdn", "value": "0340000003"}],
        "creditParty": [{"key": "msisdn", "value": MERCHANT}],
        "metadata": [{"key": "partnerName", "value": "Resaka"}, {"key": "fc", "value": "USD"}, {"key": "amountFc", "value": "1"}],
    }


def answering(status: int, body: bytes = b"{}") -> Callable[[Said], Reply]:
    """A server that gives tokens and answers everything else in one way."""
    return lambda said: Reply(chunks=[TOKEN]) if said.path == "/token" else Reply(status, {}, [body])


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (202, b'{"serverCorrelationId": "s-1"}', PushSent("s-1")),
        (400, b'{"errorCode": "formatError"}', Refused("formatError")),
        (400, b'{"ErrorCode": "formatError"}', Refused("formatError")),
        (400, b"<html>", Refused("HTTP_400")),
        (401, b"{}", Refused("HTTP_401", alert=True)),
        (402, b'{"errorCode": "insufficientFunds"}', Refused("insufficientFunds")),
        (403, b"{}", Refused("HTTP_403", alert=True)),
        (404, b"{}", Refused("HTTP_404")),
        (429, b"{}", Refused("HTTP_429", retry_later=True)),
    ],
)
def test_an_answer_that_proves_something(
    settings: Any, make_payment: MakePayment, status: int, body: bytes, expected: PushSent | Refused
) -> None:
    with StandIn(answering(status, body)) as server:
        point_at(settings, server.url(""))
        assert MVola().start(make_payment("MVOLA"), now=NOW) == expected


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (409, b'{"errorCode": "duplicateRequest"}'),
        *[(status, b"{}") for status in (500, 502, 503, 504, 408, 418, 201)],
        (200, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (202, b'{"status": "pending"}'),
        (202, b'{"serverCorrelationId": ""}'),
        (202, b'{"serverCorrelationId": 7}'),
    ],
)
def test_an_answer_that_proves_nothing(settings: Any, make_payment: MakePayment, status: int, body: bytes) -> None:
    with StandIn(answering(status, body)) as server:
        point_at(settings, server.url(""))
        assert isinstance(MVola().start(make_payment("MVOLA"), now=NOW), Unclear)
        assert sum(said.path != "/token" for said in server.said) == 1  # and it is told once


def test_a_lost_reply_proves_nothing_and_is_not_repeated(operators: Operators, make_payment: MakePayment) -> None:
    operators.turn("mvola", reply_lost=1.0, settle_ms=None)
    assert isinstance(MVola().start(make_payment("MVOLA"), now=NOW), Unclear)
    assert len(operators.deals("mvola")) == 1


def test_nobody_there_proves_that_nothing_was_sent(operators: Operators, make_payment: MakePayment, settings: Any) -> None:
    get_token(MVola(), now=NOW)
    with StandIn(answering(200)) as server:
        gone = server.url("")
    point_at(settings, gone)
    assert MVola().start(make_payment("MVOLA"), now=NOW) == Refused("NOT_REACHED", retry_later=True)


def test_a_host_that_is_not_named_is_not_asked(operators: Operators, make_payment: MakePayment, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = []
    assert MVola().start(make_payment("MVOLA"), now=NOW) == Refused("NOT_ALLOWED", alert=True)
    assert operators.deals("mvola") == []


# ---- Tokens ----------------------------------------------------------------------------------------------------------------------
def test_keys_that_are_refused_wake_somebody_and_nothing_was_sent(operators: Operators, make_payment: MakePayment, settings: Any) -> None:
    settings.MVOLA_SECRET = "wrong"
    assert MVola().start(make_payment("MVOLA"), now=NOW) == Refused("KEYS_REFUSED", retry_later=True, alert=True)
    assert operators.deals("mvola") == []


def test_a_token_that_died_is_renewed_once_under_the_same_name(operators: Operators, make_payment: MakePayment) -> None:
    operators.turn("mvola", settle_ms=None)
    get_token(MVola(), now=NOW)
    operators.advance(3601)
    payment = make_payment("MVOLA")
    assert isinstance(MVola().start(payment, now=NOW), PushSent)
    assert operators.deal("mvola")["reference"] == payment.our_reference


def test_a_token_is_asked_for_once_an_hour_and_a_minute_early(settings: Any, make_payment: MakePayment) -> None:
    with StandIn(answering(200, b'{"serverCorrelationId": "s-1"}')) as server:
        point_at(settings, server.url(""))
        for later in (0, 10, 3539, 3541):
            get_token(MVola(), now=NOW + timedelta(seconds=later))
        assert [said.path for said in server.said] == ["/token", "/token"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"access_token": "", "expires_in": 1}', b'{"access_token": "t"}', b'{"access_token": "t", "expires_in": "soon"}'],
)
def test_what_is_no_token_is_none(settings: Any, make_payment: MakePayment, body: bytes) -> None:
    with StandIn(lambda _said: Reply(chunks=[body])) as server:
        point_at(settings, server.url(""))
        assert MVola().start(make_payment("MVOLA"), now=NOW) == Refused("NOT_REACHED", retry_later=True)


@pytest.mark.parametrize("life", [3600, "3600"])
def test_a_life_may_be_a_text(settings: Any, life: object) -> None:
    with StandIn(lambda _said: Reply(chunks=[json.dumps({"access_token": "t", "expires_in": life}).encode()])) as server:
        point_at(settings, server.url(""))
        assert get_token(MVola(), now=NOW) == get_token(MVola(), now=NOW + timedelta(seconds=3539)) == "t"
        assert len(server.said) == 1


# ---- Ask -------------------------------------------------------------------------------------------------------------------------
def test_it_waits_then_it_is_paid(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    assert MVola().fetch(payment, now=NOW).state == PaymentState.PENDING
    assert operators.press("mvola", payment.provider_ref, "approve") == 200
    found = MVola().fetch(payment, now=NOW)
    assert (found.state, found.provider_ref, found.money) == (PaymentState.SUCCEEDED, payment.provider_ref, Money(15000, "MGA"))
    assert (found.payee, found.payer) == ("+261340000001", AMINA)
    assert found.settle_ref == operators.deal("mvola")["transaction"] != ""
    assert (found.payee, found.fee) == (MVola().capabilities().payee, None)


def test_it_waits_then_it_is_refused(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    assert operators.press("mvola", payment.provider_ref, "refuse") == 200
    found = MVola().fetch(payment, now=NOW)
    assert (found.state, found.settle_ref, found.money) == (PaymentState.FAILED, "", None)
    assert operators.press("mvola", payment.provider_ref, "approve") == 409


def test_nobody_looks_at_the_telephone(operators: Operators, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    operators.advance(121)
    wait_until(lambda: MVola().fetch(payment, now=NOW).state == PaymentState.FAILED)


def test_without_its_name_it_cannot_be_asked(operators: Operators, make_payment: MakePayment) -> None:
    assert MVola().fetch(make_payment("MVOLA"), now=NOW).state == PaymentState.UNKNOWN
    assert operators.counts("mvola") == {}


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"amount": 14999}, {"money": Money(14999, "MGA")}),
        ({"payee": "0340000009"}, {"payee": "+261340000009"}),
        ({"payer": "0340000008"}, {"payer": "+261340000008"}),
    ],
)
def test_what_differs_is_told_as_it_is(
    operators: Operators, make_payment: MakePayment, change: dict[str, Any], seen: dict[str, Any]
) -> None:
    """The settling compares; here nothing is smoothed."""
    payment = begin(operators, make_payment)
    assert operators.press("mvola", payment.provider_ref, "change", change) == 200
    operators.press("mvola", payment.provider_ref, "approve")
    found = MVola().fetch(payment, now=NOW)
    assert {name: getattr(found, name) for name in seen} == seen


def telling(status: dict[str, Any], details: dict[str, Any]) -> Callable[[Said], Reply]:
    def answer(said: Said) -> Reply:
        if said.path == "/token":
            return Reply(chunks=[TOKEN])
        return Reply(chunks=[json.dumps(status if "/status/" in said.path else details).encode()])

    return answer


STATUS = {"status": "completed", "serverCorrelationId": "s-1", "objectReference": "o-1"}
DETAILS = {
    "amount": "15000",
    "currency": "Ar",
    "transactionReference": "o-1",
    "transactionStatus": "completed",
    "debitParty": [{"key": "msisdn", "value": "0340000003"}],
    "creditParty": [{"key": "msisdn", "value": MERCHANT}],
}


@pytest.mark.parametrize(
    ("status", "details", "why"),
    [
        ({"status": "success"}, {}, "UNKNOWN_WORD"),
        ({"status": "Completed"}, {}, "UNKNOWN_WORD"),
        ({"status": None}, {}, "UNKNOWN_WORD"),
        ({"serverCorrelationId": "s-2"}, {}, "OTHER_PAYMENT"),
        ({"objectReference": ""}, {}, "NO_OBJECT_REFERENCE"),
        ({"objectReference": None}, {}, "NO_OBJECT_REFERENCE"),
        ({}, {"amount": "15000.50"}, "DETAILS_DIFFER"),
        ({}, {"amount": "1.5e4"}, "DETAILS_DIFFER"),
        ({}, {"amount": None}, "DETAILS_DIFFER"),
        ({}, {"currency": "EUR"}, "DETAILS_DIFFER"),
        ({}, {"transactionReference": "o-2"}, "DETAILS_DIFFER"),
        ({}, {"transactionStatus": "failed"}, "DETAILS_DIFFER"),
        ({}, {"debitParty": []}, "NO_PARTIES"),
        ({}, {"creditParty": [{"key": "msisdn", "value": "0340000001"}, {"key": "msisdn", "value": "0340000002"}]}, "NO_PARTIES"),
        ({}, {"creditParty": "0340000001"}, "NO_PARTIES"),
    ],
)
def test_an_answer_that_does_not_fit_is_never_a_success(
    settings: Any, make_payment: MakePayment, status: dict[str, Any], details: dict[str, Any], why: str
) -> None:
    with StandIn(telling({**STATUS, **status}, {**DETAILS, **details})) as server:
        point_at(settings, server.url(""))
        found = MVola().fetch(make_payment("MVOLA", provider_ref="s-1"), now=NOW)
    assert (found.state, found.failure_code, found.settle_ref, found.money) == (PaymentState.UNKNOWN, why, "", None)


def test_the_same_answer_that_fits(settings: Any, make_payment: MakePayment) -> None:
    with StandIn(telling(STATUS, DETAILS)) as server:
        point_at(settings, server.url(""))
        found = MVola().fetch(make_payment("MVOLA", provider_ref="s-1"), now=NOW)
    assert (found.state, found.settle_ref, found.money) == (PaymentState.SUCCEEDED, "o-1", Money(15000, "MGA"))


@pytest.mark.parametrize("status", [400, 404, 500, 502])
def test_a_question_without_an_answer_says_nothing(settings: Any, make_payment: MakePayment, status: int) -> None:
    with StandIn(answering(status)) as server:
        point_at(settings, server.url(""))
        with pytest.raises(BadAnswer):
            MVola().fetch(make_payment("MVOLA", provider_ref="s-1"), now=NOW)


def test_a_name_cannot_lead_the_question_elsewhere(operators: Operators, make_payment: MakePayment) -> None:
    with pytest.raises(OutboundError):
        MVola().fetch(make_payment("MVOLA", provider_ref="../../../../__sim/reset?a="), now=NOW)
    assert operators.counts("mvola")["questions"] == 1


# ---- Events, back ----------------------------------------------------------------------------------------------------------------
def test_the_callback_names_and_proves_nothing(operators: Operators, house: StandIn, make_payment: MakePayment) -> None:
    payment = begin(operators, make_payment)
    operators.press("mvola", payment.provider_ref, "approve")
    wait_until(lambda: len(house.said) == 1)
    (said,) = house.said
    assert (said.method, said.path) == ("PUT", f"/webhooks/mvola/{payment.callback_token}/")
    hint = MVola().parse_event(said.body, said.headers, now=NOW)
    assert hint == Hint(hint.event_id, "completed", provider_ref=payment.provider_ref)
    assert (len(hint.event_id), hint.payment_ref, dict(hint.notes)) == (64, "", {})
    assert payment.our_reference.encode() not in said.body
    assert b"15000" not in said.body


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"serverCorrelationId": "s-1"}',
        b'{"transactionStatus": "completed"}',
        b'{"transactionStatus": "completed", "serverCorrelationId": ""}',
        b'{"transactionStatus": "completed", "serverCorrelationId": 1}',
        b'{"transactionStatus": "completed", "serverCorrelationId": "' + b"s" * 65 + b'"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_callback_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        MVola().parse_event(raw, {}, now=NOW)


def test_there_is_no_way_back_and_no_statement_to_ask_for(make_payment: MakePayment) -> None:
    from billing.models import Refund

    refund = Refund(payment=make_payment("MVOLA"), amount_minor=15000)
    assert MVola().refund(refund, now=NOW) == Manual()
    assert MVola().fetch_refund(refund, now=NOW).state == PaymentState.PENDING
    assert list(MVola().statement(NOW.date())) == []


# ---- The table -------------------------------------------------------------------------------------------------------------------
def test_an_operator_without_keys_is_not_offered(settings: Any) -> None:
    settings.MVOLA_KEY = settings.ORANGE_BASIC = settings.AIRTEL_CLIENT = ""
    assert not {"MVOLA", "ORANGE", "AIRTEL"} & {provider.name for provider in list_providers()}
    with pytest.raises(NotConfigured):
        get_provider("MVOLA")


def test_the_three_of_them_take_ariary_alone(operators: Operators) -> None:
    told = {name: get_provider(name).capabilities() for name in ("MVOLA", "ORANGE", "AIRTEL")}
    assert {name: (sorted(one.currencies), one.refunds, one.needs_msisdn) for name, one in told.items()} == {
        "MVOLA": (["MGA"], "NONE", True),
        "ORANGE": (["MGA"], "NONE", False),
        "AIRTEL": (["MGA"], "FULL", True),
    }
    assert not any(one.repeatable or one.recurring for one in told.values())
    assert [name for name, one in told.items() if one.finds_by_reference] == ["ORANGE", "AIRTEL"]
