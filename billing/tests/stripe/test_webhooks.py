"""What the stand-in tells, signed as Stripe signs, and how that goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from billing.tests.stripe.document import VERSION
from billing.tests.stripe.making import offer
from billing.tests.stripe.standin import DAY, HOUR, StandIn
from core.tests.standin import Reply, Said
from core.tests.standin import StandIn as House


class Ears:
    """A house that listens, as long as `status` says so."""

    def __init__(self) -> None:
        self.status = 200
        self.house = House(self._answer)

    def _answer(self, _said: Said) -> Reply:
        return Reply(status=self.status)

    @property
    def heard(self) -> list[str]:
        return [json.loads(said.body)["type"] for said in self.house.said]


@pytest.fixture
def ears() -> Iterator[Ears]:
    ears = Ears()
    with ears.house:
        yield ears


def listen(standin: StandIn, url: str, *kinds: str) -> str:
    params: Any = {"url": url, "enabled_events": list(kinds) or ["*"], "api_version": VERSION}
    secret = standin.sdk.webhook_endpoints.create(params).secret
    assert secret is not None
    return secret


def make(standin: StandIn) -> None:
    standin.sdk.customers.create({"name": "Amina"})


def settle(standin: StandIn) -> None:
    """What leaves after an answer has left when the next control answers."""
    standin.advance(0)


def test_what_is_told_is_signed(standin: StandIn, ears: Ears) -> None:
    secret = listen(standin, ears.house.url("/hooks/"))
    make(standin)
    settle(standin)
    said = ears.house.said[0]
    event = stripe.Webhook.construct_event(said.body.decode(), said.headers["stripe-signature"], secret)
    assert (event.type, event.api_version, said.path) == ("customer.created", VERSION, "/hooks/")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(said.body.decode() + " ", said.headers["stripe-signature"], secret)


def test_only_what_was_asked_for_is_told(standin: StandIn, ears: Ears) -> None:
    listen(standin, ears.house.url(), "checkout.session.completed")
    standin.pay(offer(standin).url)
    settle(standin)
    assert ears.heard == ["checkout.session.completed"]


def test_who_does_not_listen_is_told_again_for_three_days(standin: StandIn, ears: Ears) -> None:
    listen(standin, ears.house.url())
    ears.status = 500
    make(standin)
    settle(standin)
    assert len(ears.heard) == 1
    standin.advance(HOUR + 1)
    assert len(ears.heard) == 2
    standin.advance(4 * DAY)
    assert len(ears.heard) == 8
    standin.advance(30 * DAY)
    assert len(ears.heard) == 8
    assert standin.look("webhooks")["done"][0]["answers"] == [500] * 8


def test_who_listens_again_is_told_no_more(standin: StandIn, ears: Ears) -> None:
    listen(standin, ears.house.url())
    ears.status = 503
    make(standin)
    settle(standin)
    ears.status = 200
    standin.advance(DAY)
    standin.advance(DAY)
    assert standin.look("webhooks")["done"][0]["answers"] == [503, 200]
    identities = {json.loads(said.body)["id"] for said in ears.house.said}
    assert len(identities) == 1


def test_nobody_there(standin: StandIn) -> None:
    listen(standin, "http://127.0.0.1:1/hooks/")
    make(standin)
    settle(standin)
    assert standin.look("webhooks")["done"] == []
    standin.advance(4 * DAY)
    assert standin.look("webhooks")["done"][0]["answers"] == [0] * 8


def test_held_then_released(standin: StandIn, ears: Ears) -> None:
    listen(standin, ears.house.url())
    standin.control("webhooks", hold=True)
    make(standin)
    make(standin)
    settle(standin)
    assert ears.heard == []
    assert [one["type"] for one in standin.look("webhooks")["waiting"]] == ["customer.created"] * 2
    standin.control("webhooks/release")
    assert ears.heard == ["customer.created"] * 2


def test_told_three_times(standin: StandIn, ears: Ears) -> None:
    listen(standin, ears.house.url())
    standin.control("webhooks", duplicate=3)
    make(standin)
    settle(standin)
    assert len({json.loads(said.body)["id"] for said in ears.house.said}) == 1
    assert len(ears.heard) == 3


def test_shuffled(standin: StandIn) -> None:
    listen(standin, "http://127.0.0.1:1/hooks/")
    standin.control("webhooks", hold=True, shuffle=True)
    for _one in range(12):
        make(standin)
    told = [json.loads(letter["body"])["id"] for letter in standin.letters()]
    happened = [event["id"] for event in standin.look("traffic")["events"]]
    assert told != happened
    assert sorted(told) == sorted(happened)


def test_dropped(standin: StandIn, ears: Ears) -> None:
    listen(standin, ears.house.url())
    standin.control("webhooks", drop=True)
    make(standin)
    settle(standin)
    standin.control("webhooks", drop=False)
    standin.advance(DAY)
    assert ears.heard == []
    assert standin.kinds() == ["customer.created"]


@pytest.mark.parametrize("mode", ["wrong_version", "bad_signature"])
def test_told_wrongly(standin: StandIn, mode: str) -> None:
    secret = listen(standin, "http://127.0.0.1:1/hooks/")
    standin.control("webhooks", hold=True, **{mode: True})
    make(standin)
    letter = standin.letters()[0]
    assert (json.loads(letter["body"])["api_version"] == VERSION) == (mode != "wrong_version")
    header = letter["headers"]["Stripe-Signature"]
    if mode == "bad_signature":
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(letter["body"], header, secret)
    else:
        assert stripe.WebhookSignature.verify_header(letter["body"], header, secret)


def test_only_this_machine_is_told(standin: StandIn) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="own machine"):
        listen(standin, "https://example.org/hooks/")


def test_an_endpoint_speaks_this_version(standin: StandIn) -> None:
    params: Any = {"url": "http://127.0.0.1:1/", "enabled_events": ["*"], "api_version": "2024-06-20"}
    with pytest.raises(stripe.InvalidRequestError, match=VERSION):
        standin.sdk.webhook_endpoints.create(params)
