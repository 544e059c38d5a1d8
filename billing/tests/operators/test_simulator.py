"""The stand-in itself: strict where the operators are, faulty as its knobs say, and a program of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing.tests.operators.speaking import INITIATE, ORDER, airtel, initiate, mvola, orange, submit, webpayment
from billing.tests.operators.standin import Operators


@pytest.fixture(autouse=True)
def _by_hand(operators: Operators) -> None:
    for name in ("mvola", "orange", "airtel"):
        operators.turn(name, settle_ms=None)


# ---- Strict ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        {"amount": "1500.00"},
        {"amount": "1500.5"},
        {"amount": 1500},
        {"amount": "0"},
        {"amount": "-1"},
        {"currency": "MGA"},
        {"descriptionText": "é"},
        {"descriptionText": "x" * 51},
        {"descriptionText": ""},
        {"requestingOrganisationTransactionReference": "A/1"},
        {"requestDate": "2026-11-26T10:00:00.123456Z"},
        {"requestDate": "2026-11-26T10:00:00Z"},
        {"requestDate": "2026-11-26 10:00:00.123"},
        {"debitParty": [{"key": "msisdn", "value": "261343500003"}]},
        {"debitParty": [{"key": "msisdn", "value": "343500003"}]},
        {"debitParty": {"key": "msisdn", "value": "0343500003"}},
        {"debitParty": []},
        {"creditParty": [{"key": "msisdn", "value": "0343500003"}]},  # oneself
        {"metadata": []},
        {"metadata": [{"key": "partnerName", "value": "x" * 51}]},
    ],
)
def test_mvola_refuses_what_its_document_does_not_have(operators: Operators, change: dict[str, Any]) -> None:
    status, said = initiate(operators, **change)
    assert (status, said["errorCategory"], said["errorCode"]) == (400, "validation", "formatError")
    assert operators.deals("mvola") == []


def test_mvola_takes_what_it_has(operators: Operators) -> None:
    status, said = initiate(operators)
    assert (status, said["status"], said["notificationMethod"]) == (202, "pending", "polling")
    asked = operators.json("GET", f"{INITIATE}status//{said['serverCorrelationId']}", **mvola(operators))  # slashes may be doubled
    assert asked == (200, {**said, "objectReference": ""})


@pytest.mark.parametrize(
    "header", [{"Version": "2.0"}, {"X_CorrelationID": ""}, {"X_CorrelationID": "c" * 41}, {"UserAccountIdentifier": "0343500004"}]
)
def test_mvola_demands_its_headers(operators: Operators, header: dict[str, str]) -> None:
    assert operators.json("POST", INITIATE, ORDER, **mvola(operators, **header))[0] == 400
    assert operators.deals("mvola") == []


def test_headers_that_the_sandbox_forgives_are_counted(operators: Operators) -> None:
    initiate(operators)
    assert [operators.counts("mvola")[f"without {name}"] for name in ("UserLanguage", "partnerName", "Cache-Control")] == [1, 1, 1]


def test_details_carry_no_reference_of_the_merchant(operators: Operators) -> None:
    name = initiate(operators, requestingOrganisationTransactionReference="OURS")[1]["serverCorrelationId"]
    operators.press("mvola", name, "approve")
    transaction = operators.deal("mvola")["transaction"]
    status, said = operators.json("GET", INITIATE + transaction, **mvola(operators))
    assert (status, said["amount"], said["transactionReference"], said["fee"]) == (200, "1500.00", transaction, {"feeAmount": "15.00"})
    assert "OURS" not in json.dumps(said)


@pytest.mark.parametrize(
    ("subscriber", "transaction", "changes", "code"),
    [
        ({"msisdn": "261330000003"}, {}, {}, "ESB000033"),
        ({"msisdn": "0330000003"}, {}, {}, "ESB000033"),
        ({"msisdn": True}, {}, {}, "ESB000033"),
        ({"country": "ZM"}, {}, {}, "ESB000034"),
        ({}, {"currency": "Ar"}, {}, "ESB000035"),
        ({}, {"amount": 1500.5}, {}, "ESB000008"),
        ({}, {"amount": "1500.00"}, {}, "ESB000008"),
        ({}, {"amount": 0}, {}, "ESB000008"),
        ({}, {"id": ""}, {}, "ESB000008"),
        ({}, {}, {"reference": "x" * 26}, "ESB000008"),
    ],
)
def test_airtel_refuses(
    operators: Operators, subscriber: dict[str, Any], transaction: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    status, said = submit(operators, subscriber, transaction, **changes)
    assert (status, said["status"]["result_code"], said["status"]["success"]) == (400, code, False)
    assert operators.deals("airtel") == []


@pytest.mark.parametrize(("subscriber", "transaction"), [({}, {}), ({"msisdn": 330000003}, {}), ({}, {"amount": "1500"})])
def test_airtel_takes_numbers_and_texts(operators: Operators, subscriber: dict[str, Any], transaction: dict[str, Any]) -> None:
    status, said = submit(operators, subscriber, transaction)
    assert (status, said["data"]["transaction"], said["status"]["response_code"]) == (
        200,
        {"id": "A1", "status": "SUCCESS"},
        "DP00800001006",
    )
    assert operators.deal("airtel")["amount"] == 1500


def test_airtel_takes_a_name_once(operators: Operators) -> None:
    submit(operators, {}, {})
    status, said = submit(operators, {}, {})
    assert (status, said["status"]["result_code"], "data" in said) == (200, "ESB000041", False)
    assert len(operators.deals("airtel")) == 1


def test_airtel_says_that_a_success_is_none_beside_one_that_is(operators: Operators) -> None:
    submit(operators, {}, {})
    operators.press("airtel", "A1", "approve")
    said = operators.json("GET", "/standard/v1/payments/A1", **airtel(operators))[1]
    assert (said["data"]["transaction"]["status"], said["status"]["success"]) == ("TS", False)


@pytest.mark.parametrize(
    "change",
    [
        {"merchant_key": "x"},
        {"currency": "OUV"},
        {"currency": "Ar"},
        {"order_id": "x" * 31},
        {"order_id": ""},
        {"amount": "1500"},
        {"amount": 1500.5},
        {"amount": True},
        {"amount": 0},
        {"notif_url": "http://shop.example/notify"},
        {"return_url": "/back"},
        {"reference": "x" * 31},
        {"lang": "fra"},
    ],
)
def test_orange_refuses(operators: Operators, change: dict[str, Any]) -> None:
    status, said = webpayment(operators, **change)
    assert (status, said["code"]) == (400, 23)
    assert operators.deals("orange") == []


def test_orange_answers_with_exactly_five_fields_and_takes_an_order_once(operators: Operators) -> None:
    status, said = webpayment(operators)
    assert (status, said["status"], sorted(said)) == (201, 201, ["message", "notif_token", "pay_token", "payment_url", "status"])
    assert webpayment(operators)[0] == 400
    assert len(operators.deals("orange")) == 1


def test_orange_finds_by_the_triple_alone(operators: Operators) -> None:
    token = webpayment(operators)[1]["pay_token"]
    path, names = "/orange-money-webpay/mg/v1/transactionstatus", orange(operators)
    right = {"order_id": "A1", "amount": 1500, "pay_token": token}
    assert operators.json("POST", path, right, **names) == (200, {"status": "INITIATED", "order_id": "A1"})
    for wrong in ({"order_id": "A2"}, {"amount": 1499}, {"pay_token": "x"}):
        assert operators.json("POST", path, {**right, **wrong}, **names)[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", INITIATE, 401),
        ("GET", f"{INITIATE}status/x", 401),
        ("POST", "/orange-money-webpay/mg/v1/webpayment", 401),
        ("POST", "/merchant/v1/payments/", 401),
        ("GET", "/standard/v1/payments/A1", 401),
        ("POST", "/token", 401),
        ("POST", "/oauth/v3/token", 401),
        ("POST", "/auth/oauth2/token", 401),
        ("GET", "/elsewhere", 404),
        ("GET", "/__sim/elsewhere", 404),
        ("POST", "/__sim/mvola/x/approve", 404),
    ],
)
def test_nobody_passes_without_a_token(operators: Operators, method: str, path: str, status: int) -> None:
    assert operators.call(method, path, Authorization="Bearer stolen")[0] == status
