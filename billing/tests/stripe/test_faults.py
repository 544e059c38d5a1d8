"""What goes wrong on the way: keys that are used again, answers that are lost, failures that are kept."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from billing.tests.stripe.making import offer
from billing.tests.stripe.standin import DAY, StandIn

PARAMS: Any = {"name": "Amina"}


def make(standin: StandIn, key: str, **params: str) -> str:
    said: Any = {**PARAMS, **params}
    return standin.sdk.customers.create(said, {"idempotency_key": key}).id


def count(standin: StandIn) -> int:
    return len(standin.sdk.customers.list().data)


def test_the_same_key_has_the_same_answer(standin: StandIn) -> None:
    assert make(standin, "k1") == make(standin, "k1")
    assert make(standin, "k2") != make(standin, "k1")
    assert count(standin) == 2


def test_a_key_takes_no_other_parameters(standin: StandIn) -> None:
    make(standin, "k1")
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        make(standin, "k1", name="Ben")
    assert count(standin) == 1


def test_a_key_is_forgotten_after_a_day(standin: StandIn) -> None:
    first = make(standin, "k1")
    standin.advance(DAY - 60)
    assert make(standin, "k1") == first
    standin.advance(120)
    assert make(standin, "k1") != first


def test_a_reply_that_is_lost_was_a_deed(standin: StandIn) -> None:
    standin.control("faults", reply_lost={"next": 1})
    with pytest.raises(stripe.APIConnectionError):
        make(standin, "k1")
    assert count(standin) == 1
    assert make(standin, "k1") == standin.sdk.customers.list().data[0].id
    assert count(standin) == 1


def test_a_failure_after_the_deed_is_kept_with_its_key(standin: StandIn) -> None:
    standin.control("faults", error_after={"next": 1})
    for _try in range(3):
        with pytest.raises(stripe.APIError) as failed:
            make(standin, "k1")
        assert failed.value.http_status == 500
    assert count(standin) == 1
    standin.advance(DAY + 1)
    make(standin, "k1")
    assert count(standin) == 2


def test_a_failure_before_the_deed_is_not_kept(standin: StandIn) -> None:
    standin.control("faults", error_before={"next": 1})
    with pytest.raises(stripe.APIError) as failed:
        make(standin, "k1")
    assert failed.value.http_status == 503
    assert count(standin) == 0
    make(standin, "k1")
    assert count(standin) == 1


def test_what_is_refused_before_it_begins_is_not_kept(standin: StandIn) -> None:
    params: Any = {"surprise": "1"}
    with pytest.raises(stripe.InvalidRequestError):
        standin.sdk.customers.create(params, {"idempotency_key": "k1"})
    make(standin, "k1")
    assert count(standin) == 1


def test_too_many_calls(standin: StandIn) -> None:
    standin.control("faults", rate_limit={"next": 1, "path": "/v1/customers"})
    assert standin.sdk.products.list().data == []
    with pytest.raises(stripe.RateLimitError):
        standin.sdk.customers.list()
    assert count(standin) == 0


def test_a_fault_may_wait_for_others_to_pass(standin: StandIn) -> None:
    standin.control("faults", error_before={"next": 1, "after": 2})
    for _call in range(2):
        make(standin, "k1")
    with pytest.raises(stripe.APIError):
        make(standin, "k2")
    make(standin, "k3")
    assert count(standin) == 2


def test_faults_that_there_are_not(standin: StandIn) -> None:
    assert standin.raw("POST", "/__fake/faults", '{"earthquake": 1}')[0] == 400
    assert standin.raw("POST", "/__fake/webhooks", '{"earthquake": 1}')[0] == 400
    assert standin.raw("POST", "/__fake/behave", '{"earthquake": 1}')[0] == 400
    assert standin.raw("POST", "/__fake/clock", '{"to": 1}')[0] == 400
    assert standin.raw("POST", "/__fake/clock", "nothing")[0] == 400


def test_a_refund_whose_reply_is_lost_happened_once(standin: StandIn) -> None:
    standin.pay(offer(standin, 1_000).url)
    intent = standin.sdk.payment_intents.list().data[0].id
    params: Any = {"payment_intent": intent, "amount": 600, "metadata": {"refund": "r1"}}
    standin.control("faults", reply_lost={"next": 1, "path": "/v1/refunds"})
    with pytest.raises(stripe.APIConnectionError):
        standin.sdk.refunds.create(params, {"idempotency_key": "r1"})
    standin.sdk.refunds.create(params, {"idempotency_key": "r1"})
    assert [one.amount for one in standin.sdk.refunds.list({"payment_intent": intent}).data] == [600]
