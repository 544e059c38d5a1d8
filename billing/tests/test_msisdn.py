"""Telephone numbers: the shared table of what must be read and what must be refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from billing.enums import Provider
from billing.msisdn import BadMsisdn, find_msisdn, find_operator, mask_msisdn, parse_msisdn, to_local, to_subscriber

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "msisdn.json").read_text("utf-8"))
AMINA = "+261340000003"


@pytest.mark.parametrize(
    "text", [*TABLE["country"]["accepted_input"], " 034 00 000 03 ", "00261340000003", "034-00-000-03", "034\u00a000\u202f000 03"]
)
def test_what_people_write_is_one_number(text: str) -> None:
    assert parse_msisdn(text) == AMINA
    assert find_msisdn(text) == AMINA


@pytest.mark.parametrize(
    "text",
    [
        *TABLE["country"]["refused_input"],
        "++261340000003",
        "+340000003",
        "26134000000",
        "0310000003",
        "0400000003",
        "٠٣٤٠٠٠٠٠٠٣",
        "0340000003\n0340000004",
        "(034) 00 000 03",
        "0" * 400,
        "0340000003' OR 1=1",
    ],
)
def test_what_is_no_mobile_number_of_madagascar_is_refused(text: str) -> None:
    with pytest.raises(BadMsisdn):
        parse_msisdn(text)
    assert find_msisdn(text) == ""


@pytest.mark.parametrize("value", [None, 12, [], {"value": AMINA}])
def test_a_provider_may_say_anything(value: object) -> None:
    assert find_msisdn(value) == ""


@pytest.mark.parametrize("prefix", [name for name in TABLE["prefixes"] if name.isdigit()])
def test_each_prefix_has_the_operator_of_the_table(prefix: str) -> None:
    expected = TABLE["prefixes"][prefix]
    assert find_operator(parse_msisdn(f"0{prefix}0000003")) == (Provider(expected) if expected else None)


def test_the_prefixes_are_all_that_a_number_may_begin_with() -> None:
    pattern = TABLE["country"]["national_regex"]
    allowed = {f"3{digit}" for digit in range(10) if re.match(pattern, f"3{digit}0000003")}
    assert allowed == {name for name in TABLE["prefixes"] if name.isdigit()}


def test_the_forms_of_the_wires() -> None:
    forms = {"MVOLA": to_local(AMINA), "AIRTEL": to_subscriber("+261330000003")}
    assert forms == {"MVOLA": "0340000003", "AIRTEL": TABLE["operators"]["AIRTEL"]["wire_example"]}
    for name, form in forms.items():
        assert re.fullmatch(TABLE["operators"][name]["wire_regex"], form)


def test_what_others_see_of_a_number() -> None:
    assert mask_msisdn(AMINA) == "+261 34 •• ••• 03"
    assert mask_msisdn(AMINA) in TABLE["masking"]
