"""The stand-in itself: strict where the operators are, faulty as its knobs say, and a program of its own."""

from __future__ import annotations

import ast
import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from billing.tests.operators.standin import ROOT, Operators, wait_until
from core.tests.standin import StandIn

INITIATE = "/mvola/mm/transactions/type/merchantpay/1.0.0/"
ORDER: dict[str, Any] = {
    "amount": "1500",
    "currency": "Ar",
    "descriptionText": "Abonnement-1",
    "requestingOrganisationTransactionReference": "A1",
    "originalTransactionReference": "",
    "requestDate": "2026-11-26T10:00:00.123Z",
    "debitParty": [{"key": "msisdn", "value": "0343500003"}],
    "creditParty": [{"key": "msisdn", "value": "0343500004"}],
    "metadata": [{"key": "partnerName", "value": "Shop"}],
}
PAYMENT: dict[str, Any] = {
    "reference": "A1",
    "subscriber": {"country": "MG", "currency": "MGA", "msisdn": "330000003"},
    "transaction": {"amount": 1500, "country": "MG", "currency": "MGA", "id": "A1"},
}
WEBPAYMENT: dict[str, Any] = {
    "merchant_key": "orange-merchant",
    "currency": "MGA",
    "order_id": "A1",
    "amount": 1500,
    "return_url": "https://shop.example/back",
    "cancel_url": "https://shop.example/cancel",
    "notif_url": "https://shop.example/notify",
    "lang": "fr",
    "reference": "Shop",
}


@pytest.fixture(autouse=True)
def _by_hand(operators: Operators) -> None:
    for name in ("mvola", "orange", "airtel"):
        operators.turn(name, settle_ms=None)


def mvola(operators: Operators, **headers: str) -> dict[str, str]:
    basic = base64.b64encode(b"mvola-key:mvola-secret").decode()
    form = "grant_type=client_credentials&scope=EXT_INT_MVOLA_SCOPE"
    said = json.loads(operators.call("POST", "/token", form, Authorization=f"Basic {basic}")[1])
    names = {"Version": "1.0", "X_CorrelationID": "c-1", "UserAccountIdentifier": "msisdn;0343500004"}
    return {"Authorization": f"Bearer {said['access_token']}", **names, **headers}


def initiate(operators: Operators, **changes: Any) -> tuple[int, Any]:
    return operators.json("POST", INITIATE, {**ORDER, **changes}, **mvola(operators))


def airtel(operators: Operators) -> dict[str, str]:
    keys = {"client_id": "airtel-client", "client_secret": "airtel-secret", "grant_type": "client_credentials"}
    token = operators.json("POST", "/auth/oauth2/token", keys)[1]["access_token"]
    return {"Authorization": f"Bearer {token}", "X_Country": "MG", "X_Currency": "MGA"}


def submit(operators: Operators, subscriber: dict[str, Any], transaction: dict[str, Any], **changes: Any) -> tuple[int, Any]:
    body = {
        **PAYMENT,
        **changes,
        "subscriber": {**PAYMENT["subscriber"], **subscriber},
        "transaction": {**PAYMENT["transaction"], **transaction},
    }
    return operators.json("POST", "/merchant/v1/payments/", body, **airtel(operators))


def orange(operators: Operators) -> dict[str, str]:
    basic = base64.b64encode(b"orange-client:orange-secret").decode()
    said = json.loads(operators.call("POST", "/oauth/v3/token", "grant_type=client_credentials", Authorization=f"Basic {basic}")[1])
    return {"Authorization": f"Bearer {said['access_token']}"}


def webpayment(operators: Operators, **changes: Any) -> tuple[int, Any]:
    return operators.json("POST", "/orange-money-webpay/mg/v1/webpayment", {**WEBPAYMENT, **changes}, **orange(operators))


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


# ---- Faults ----------------------------------------------------------------------------------------------------------------------
def test_a_fault_before_does_nothing_and_a_fault_after_has_done_it(operators: Operators) -> None:
    operators.turn("mvola", error_before=1.0)
    assert initiate(operators)[0] == 503
    assert operators.deals("mvola") == []
    operators.turn("mvola", error_before=0, error_after=1.0)
    assert initiate(operators)[0] == 500
    assert len(operators.deals("mvola")) == 1


def test_a_reply_may_be_lost(operators: Operators) -> None:
    operators.turn("mvola", reply_lost=1.0)
    with pytest.raises(OSError):
        initiate(operators)
    assert len(operators.deals("mvola")) == 1


@pytest.mark.parametrize(("name", "status"), [("mvola", 409), ("airtel", 200), ("orange", 400)])
def test_a_conflict_may_be_told_of_what_was_done(operators: Operators, name: str, status: int) -> None:
    operators.turn(name, duplicate_conflict=1.0)
    deeds: dict[str, Callable[[], tuple[int, Any]]] = {
        "mvola": lambda: initiate(operators),
        "airtel": lambda: submit(operators, {}, {}),
        "orange": lambda: webpayment(operators),
    }
    assert deeds[name]()[0] == status
    assert len(operators.deals(name)) == 1


def test_questions_may_fail_and_tokens_may_die(operators: Operators) -> None:
    names = mvola(operators)
    name = initiate(operators)[1]["serverCorrelationId"]
    operators.turn("mvola", status_error=1.0)
    assert operators.json("GET", f"{INITIATE}status/{name}", **names)[0] == 502
    operators.turn("mvola", status_error=0, token_short=1.0)
    short = mvola(operators)
    operators.advance(0.1)
    assert operators.json("GET", f"{INITIATE}status/{name}", **short)[0] == 401
    assert operators.json("GET", f"{INITIATE}status/{name}", **names)[0] == 200


@pytest.mark.parametrize(("knob", "words"), [("callback_never", []), ("callback_triple", ["completed", "completed", "failed"])])
def test_callbacks_may_stay_away_or_contradict_themselves(operators: Operators, house: StandIn, knob: str, words: list[str]) -> None:
    operators.turn("mvola", **{knob: 1.0})
    name = operators.json("POST", INITIATE, ORDER, **mvola(operators, X_Callback_URL=house.url("/cb")))[1]["serverCorrelationId"]
    operators.press("mvola", name, "approve")
    if words:
        wait_until(lambda: len(house.said) == 3)
    assert sorted(json.loads(said.body)["transactionStatus"] for said in house.said) == words
    assert [said.method for said in house.said] == ["PUT"] * len(words)


def test_a_callback_may_be_there_before_the_reply(operators: Operators, house: StandIn) -> None:
    operators.turn("mvola", callback_early=1.0, settle_ms=0)
    operators.json("POST", INITIATE, ORDER, **mvola(operators, X_Callback_URL=house.url("/cb")))
    assert len(house.said) == 1  # without waiting
    assert json.loads(house.said[0].body)["fees"] == [{"feeAmount": "15.00"}]


def test_it_never_speaks_to_another_machine(operators: Operators) -> None:
    name = operators.json("POST", INITIATE, ORDER, **mvola(operators, X_Callback_URL="http://192.0.2.1/cb"))[1]["serverCorrelationId"]
    operators.press("mvola", name, "approve")
    wait_until(lambda: operators.counts("mvola").get("callback 0") == 1, seconds=2)


@pytest.mark.parametrize(
    ("knob", "state"), [("refuse", "FAILED"), ("timeout", "EXPIRED"), ("ambiguous", "DOUBT")], ids=["refuse", "timeout", "ambiguous"]
)
def test_payers_end_as_the_knobs_say(operators: Operators, knob: str, state: str) -> None:
    operators.turn("airtel", settle_ms=0, **{knob: 1.0})
    submit(operators, {}, {})
    if knob == "timeout":
        operators.advance(121)
    wait_until(lambda: operators.deal("airtel")["state"] == state)


def test_the_same_seed_does_the_same(operators: Operators) -> None:
    operators.turn("airtel", settle_ms=0, refuse=0.5)

    def fates() -> list[str]:
        for number in range(12):
            submit(operators, {}, {"id": f"A{number}"})
        return [deal["fate"] for deal in operators.deals("airtel")]

    first = fates()
    operators.reset()
    operators.turn("airtel", settle_ms=0, refuse=0.5)
    assert fates() == first
    assert set(first) == {"APPROVE", "REFUSE"}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"mvola": 1},
        {"wave": {}},
        {"mvola": {"nonsense": 1}},
        {"mvola": {"refuse": 1.5}},
        {"mvola": {"refuse": True}},
        {"mvola": {"settle_ms": [9, 1]}},
        {"mvola": {"signing": 1}},
        {"mvola": {"reply_slow_ms": -1}},
    ],
)
def test_a_knob_that_is_none_is_refused(operators: Operators, body: object) -> None:
    assert operators.json("PUT", "/__sim/knobs", body)[0] == 400


@pytest.mark.parametrize("body", [None, {}, {"advance": "1"}, {"advance": True}])
def test_the_clock_moves_by_numbers(operators: Operators, body: object) -> None:
    assert operators.json("POST", "/__sim/clock", body)[0] == 400


# ---- Statements ------------------------------------------------------------------------------------------------------------------
def test_a_statement_has_what_was_paid_and_no_reference_unless_asked(operators: Operators) -> None:
    submit(operators, {}, {})
    submit(operators, {}, {"id": "A2"}, reference="A2")
    operators.press("airtel", "A1", "approve")
    operators.press("airtel", "A2", "refuse")
    paid = operators.deals("airtel")[0]
    day = today(operators)
    head, line, end = operators.statement("airtel", day).split("\r\n")
    assert head == "Date;Transaction;Reference;Type;Msisdn;Amount;Fee;Currency"
    assert line.split(";")[1:] == [paid["transaction"], "", "PAYMENT", "0330000003", "1500", "15", "MGA"]
    assert end == ""
    operators.turn("airtel", statement_reference=True)
    assert operators.statement("airtel", day).split("\r\n")[1].split(";")[2] == "A1"
    operators.turn("airtel", statement_lag_days=1)
    assert operators.statement("airtel", day).split("\r\n")[1:] == [""]
    assert operators.statement("airtel", "2001-01-01").split("\r\n")[1:] == [""]


def today(operators: Operators) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(operators.json("GET", "/__sim/state")[1]["now"], UTC).date().isoformat()


# ---- The program -----------------------------------------------------------------------------------------------------------------
def test_it_imports_nothing_of_the_house() -> None:
    found = set()
    for path in (ROOT / "billing" / "simulators" / "operators").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {name for name in names if not name.startswith("billing.simulators.operators")}
    houses = {"superapp", "privacy", "moderation", "chat", "billing", "notifications", "accounts", "realtime", "core", "django"}
    assert {name for name in found if name.partition(".")[0] in houses} == set()
    assert "http.server" in found


def start(*options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "billing.simulators.operators", "--port", "0", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False, env={**os.environ, **variables})


def test_it_does_not_start_beside_a_server() -> None:
    done = start(RESAKA_SHAPE="server")
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", "a stand-in has no place in this shape")


@pytest.mark.parametrize("knobs", ["x", "[1]", "3", '{"wave": {}}', '{"mvola": {"nonsense": 1}}', '{"mvola": 1}'])
def test_it_does_not_start_with_knobs_that_are_none(knobs: str) -> None:
    done = start("--knobs", knobs)
    assert done.returncode == 1
    assert done.stderr.startswith("--knobs: ")


def test_it_keeps_its_first_knobs_over_a_reset() -> None:
    running = Operators(options=("--by-hand", "--knobs", '{"airtel": {"refuse": 1.0}}'))
    try:
        running.turn("airtel", settle_ms=0)
        running.reset()
        submit(running, {}, {})
        deal = running.deal("airtel")
        assert (deal["state"], deal["fate"]) == ("WAITING", "REFUSE")
    finally:
        running.stop()
