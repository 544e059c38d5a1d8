"""Stripe's events: signed, of our version, not of yesterday, and where each points."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from billing.models import Payment
from billing.providers.base import BadSignature, Hint
from billing.providers.stripe import VERSION
from billing.providers.stripe_events import EVENTS
from billing.providers.stripe_payments import Stripe
from billing.tests.stripe.house import SECRET
from billing.tests.stripe.standin import StandIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]


def hint_of(letter: dict[str, Any], now: datetime, *, body: str | None = None) -> Hint:
    return Stripe().parse_event((body if body is not None else letter["body"]).encode(), letter["headers"], now=now)


def letter_of(standin: StandIn, kind: str) -> dict[str, Any]:
    return next(letter for letter in standin.letters() if letter["type"] == kind)


# ---- Events ----------------------------------------------------------------------------------------------------------------------------
def test_an_event_points_at_a_payment(paid: Payment, standin: StandIn, now: datetime) -> None:
    letter = letter_of(standin, "checkout.session.completed")
    hint = hint_of(letter, now)
    assert (hint.kind, hint.api_version) == ("checkout.session.completed", VERSION)
    assert (hint.payment_ref, hint.provider_ref, hint.subject) == (paid.our_reference, paid.provider_ref, "")
    assert hint.event_id == json.loads(letter["body"])["id"]


def test_headers_are_read_in_any_case(paid: Payment, standin: StandIn, now: datetime) -> None:
    letter = letter_of(standin, "payment_intent.succeeded")
    headers = {name.lower(): value for name, value in letter["headers"].items()}
    hint = Stripe().parse_event(letter["body"].encode(), headers, now=now)
    assert (hint.payment_ref, hint.subject) == (paid.our_reference, paid.settle_ref)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_neither_old_nor_from_the_future(paid: Payment, standin: StandIn, now: datetime, seconds: int) -> None:
    standin.control("webhooks", hold=True, skew=seconds * 2)
    letter = letter_of(standin, "checkout.session.completed")
    with pytest.raises(BadSignature, match="another time"):
        hint_of(letter, timezone.now())
    hint_of(letter, timezone.now() + timedelta(seconds=seconds * 2))


@pytest.mark.parametrize("fault", ["body", "secret", "none", "rubbish"])
def test_what_stripe_did_not_sign(paid: Payment, standin: StandIn, now: datetime, fault: str) -> None:
    standin.control("webhooks", hold=True, bad_signature=fault == "secret")
    letter = letter_of(standin, "checkout.session.completed")
    if fault == "none":
        letter["headers"] = {}
    if fault == "rubbish":
        letter["headers"] = {"Stripe-Signature": "t=now,v1=é"}
    with pytest.raises(BadSignature):
        hint_of(letter, now, body=letter["body"] + " " if fault == "body" else None)


def test_another_version_is_told_as_it_is(paid: Payment, standin: StandIn, now: datetime) -> None:
    standin.control("webhooks", hold=True, wrong_version=True)
    assert hint_of(letter_of(standin, "checkout.session.completed"), now).api_version == "2024-06-20"


@pytest.mark.parametrize(
    "body", ["", "[]", "null", "{}", '{"id": "evt_1"}', '{"id": "x", "type": "y", "data": {"object": {}}}', "[" * 5000]
)
def test_what_is_signed_and_no_event(body: str, now: datetime) -> None:
    import stripe

    header = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(now.timestamp()))
    with pytest.raises(ValueError, match="not an event"):
        Stripe().parse_event(body.encode(), {"Stripe-Signature": header}, now=now)


def test_events_are_those_of_the_document() -> None:
    document = json.loads((Path(__file__).parents[1] / "data" / "stripe" / "openapi.json").read_text("utf-8"))
    form = document["paths"]["/v1/webhook_endpoints"]["post"]["form"]
    known = set(form["properties"]["enabled_events"]["items"]["enum"])
    assert set(EVENTS) - known == set()
    assert len(EVENTS) == len(set(EVENTS))
