"""Ariary are whole, however an operator writes them; the tables of words and codes are those that were gathered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from billing.enums import PaymentState
from billing.providers import airtel_codes, states
from billing.providers.ariary import read_ariary
from core.money import Money

DATA = Path(__file__).parents[1] / "data"
STATES: dict[str, Any] = json.loads((DATA / "provider_states.json").read_text("utf-8"))
CODES: dict[str, Any] = json.loads((DATA.parents[1] / "data" / "airtel_codes.json").read_text("utf-8"))


@pytest.mark.parametrize("text", ["1000", "1000.00", "1000.0", "1000,00", 1000, "0001000"])
def test_whole_amounts(text: object) -> None:
    assert read_ariary(text) == Money(1000, "MGA")
    assert read_ariary(text, "Ar") == Money(1000, "MGA")


@pytest.mark.parametrize(
    "text",
    [
        "1000.50",
        "1000.000",
        "1000.01",
        "-1000",
        "+1000",
        "1e3",
        "1 000",
        "",
        ".",
        "NaN",
        "١٠٠٠",
        "1000.",
        1000.0 + 0.5,
        True,
        None,
        "1" * 13,
    ],
)
def test_everything_else_is_no_amount(text: object) -> None:
    assert read_ariary(text) is None


@pytest.mark.parametrize("currency", ["EUR", "OUV", "ar", "", None])
def test_another_currency_is_no_ariary(currency: object) -> None:
    assert read_ariary("1000", currency) is None


@pytest.mark.parametrize(("name", "table"), [("MVOLA", states.MVOLA), ("ORANGE", states.ORANGE), ("AIRTEL", states.AIRTEL)])
def test_the_words_are_those_of_the_table(name: str, table: dict[str, str]) -> None:
    assert dict(table) == STATES[name]


@pytest.mark.parametrize("word", ["", "Completed", "COMPLETED", "success", None, 1, ["completed"], "TR"])
def test_a_word_that_is_not_listed_says_that_nobody_knows(word: object) -> None:
    for table in (states.MVOLA, states.ORANGE, states.AIRTEL):
        assert states.read_state(table, word) == PaymentState.UNKNOWN


@pytest.mark.parametrize("part", ["response_code", "result_code"])
def test_every_code_of_the_file_has_its_class(part: str) -> None:
    listed = {code: entry["class"] for code, entry in CODES[part].items() if "class" in entry}
    assert len(listed) > 10
    assert {code: airtel_codes.class_of(code) for code in listed} == listed


def test_of_the_router_one_code_alone_is_ambiguous() -> None:
    routed = {code: airtel_codes.class_of(code) for code in CODES["router"] if code != "source"}
    assert {code for code, kind in routed.items() if kind != "CONFIG"} == {"ROUTER117"}
    assert routed["ROUTER117"] == "AMBIGUOUS"


@pytest.mark.parametrize("code", ["DP99999999999", "", None, 200])
def test_a_code_that_is_not_listed_is_ambiguous(code: object) -> None:
    assert airtel_codes.class_of(code) == "AMBIGUOUS"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"response_code": "DP00800001007", "result_code": ""}, ("DP00800001007", "FAILED")),
        ({"code": "400", "result_code": "ESB000034"}, ("ESB000034", "CONFIG")),
        ({"code": "ROUTER112"}, ("ROUTER112", "CONFIG")),
        ({"code": "ROUTER117"}, ("ROUTER117", "AMBIGUOUS")),
        # one that is plain beside one that is not: nobody knows
        ({"response_code": "DP00800001007", "result_code": "ESB000041"}, ("ESB000041", "AMBIGUOUS")),
        ({"response_code": "DP00800001006"}, ("DP00800001006", "AMBIGUOUS")),
        ({"response_code": "DP00800001001"}, ("DP00800001001", "AMBIGUOUS")),  # a success without a payment is no refusal
        ({"code": "200"}, ("", "AMBIGUOUS")),
        ({}, ("", "AMBIGUOUS")),
        (None, ("", "AMBIGUOUS")),
    ],
)
def test_an_answer_refuses_only_where_all_its_codes_do(status: object, expected: tuple[str, str]) -> None:
    assert airtel_codes.judge_refusal(status) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"response_code": "DP00800001025"}, True),
        ({"result_code": "ESB000045"}, True),
        ({"result_code": "ESB000014"}, False),
        ({"response_code": "DP00800001007"}, False),
        ({}, False),
        ("not found", False),
    ],
)
def test_what_an_enquiry_does_not_find(status: object, expected: bool) -> None:
    assert airtel_codes.says_not_found(status) is expected
