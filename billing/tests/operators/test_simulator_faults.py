"""The simulator of the operators: what goes wrong on demand, its statements, and the program itself."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from billing.tests.operators.speaking import INITIATE, ORDER, initiate, mvola, submit, today, webpayment
from billing.tests.operators.standin import ROOT, Operators, wait_until
from core.tests.standin import StandIn


@pytest.fixture(autouse=True)
def _by_hand(operators: Operators) -> None:
    for name in ("mvola", "orange", "airtel"):
        operators.turn(name, settle_ms=None)


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
