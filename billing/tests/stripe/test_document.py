"""The judge is judged: what does not fit Stripe's document is seen."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from billing.tests.stripe.document import DOCUMENT, VERSION, faults_of_call, faults_of_event
from billing.tests.stripe.making import make_customer, make_price, subscribe
from billing.tests.stripe.standin import StandIn


@pytest.fixture
def said(standin: StandIn) -> dict[str, Any]:
    """The call by which a subscription was made."""
    subscribe(standin, make_price(standin), make_customer(standin))
    found: list[dict[str, Any]] = [call for call in standin.look("traffic")["calls"] if call["path"] == "/v1/subscriptions"]
    return found[0]


def test_what_fits(said: dict[str, Any]) -> None:
    assert VERSION == "2026-08-26.dahlia"
    assert faults_of_call(said) == []


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("current_period_end", 1, "Additional properties are not allowed"),  # Stripe sent it once, and moved it to the item
        ("status", "alive", "is not one of"),
        ("created", "yesterday", "is not of type 'integer'"),
        ("currency", None, "is not of type 'string'"),
        ("application", {"id": "ca_1", "object": "application"}, "is not of type"),
    ],
)
def test_answers_that_do_not(said: dict[str, Any], place: str, value: object, words: str) -> None:
    wrong = copy.deepcopy(said)
    wrong["answer"][place] = value
    faults = faults_of_call(wrong)
    assert len(faults) == 1
    assert words in faults[0]


def test_answers_that_lack_something(said: dict[str, Any]) -> None:
    wrong = copy.deepcopy(said)
    del wrong["answer"]["items"]["data"][0]["current_period_end"]
    assert "'current_period_end' is a required property" in faults_of_call(wrong)[0]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("customer=cus_1&items[0][price]=p&surprise=1", "'surprise' was unexpected"),
        ("customer=cus_1&items[0][prize]=p", "'prize' was unexpected"),
        ("customer=cus_1&days_until_due=soon", "is not of type 'integer'"),
        ("customer=cus_1&payment_behavior=hope", "is not one of"),
    ],
)
def test_requests_that_do_not(said: dict[str, Any], form: str, words: str) -> None:
    assert any(words in fault for fault in faults_of_call({**said, "form": form}))


def test_calls_and_events_that_there_are_not(standin: StandIn, said: dict[str, Any]) -> None:
    assert faults_of_call({**said, "path": "/v1/invented"}) == ["POST /v1/invented is no call of Stripe"]
    event = standin.look("traffic")["events"][0]
    assert faults_of_event(event) == []
    event["data"]["object"]["invented"] = 1
    assert "'invented' was unexpected" in faults_of_event(event)[0]


def test_errors_have_a_shape_too(said: dict[str, Any]) -> None:
    assert faults_of_call({**said, "status": 402, "answer": {"error": {"type": "card_error", "message": "No."}}}) == []
    assert faults_of_call({**said, "status": 402, "answer": {"error": {"type": "bad_luck"}}}) != []


def test_the_document_is_the_reduced_one() -> None:
    assert len(DOCUMENT["paths"]) == 51
    assert DOCUMENT["components"]["schemas"]["refund"]["additionalProperties"] is False
