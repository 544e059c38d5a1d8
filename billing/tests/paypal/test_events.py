"""What PayPal tells: read without asking anybody, believed once PayPal itself has said that it is theirs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from billing.enums import EventState
from billing.models import ProviderEvent
from billing.providers.base import BadSignature
from billing.providers.paypal import PayPal, is_from_paypal
from billing.services.inbox import process_event, receive_event
from billing.tests.paypal.house import S, Stand, begin, now, paid
from core.http import OutboundError
from core.tests.standin import Reply, StandIn

pytestmark = pytest.mark.django_db
FORGED = ("paypal-transmission-sig", "paypal-transmission-id", "paypal-transmission-time", "paypal-cert-url", "paypal-auth-algo")


class Door:
    """Where events come in, in the memory of a test."""

    def __init__(self) -> None:
        self.server = StandIn(lambda _said: Reply(204))

    def wait(self, count: int) -> list[Any]:
        end = time.monotonic() + 20
        while len(self.server.said) < count and time.monotonic() < end:
            time.sleep(0.02)
        assert len(self.server.said) == count
        return list(self.server.said)


@pytest.fixture
def door(stand: Stand) -> Iterator[Door]:
    door = Door()
    with door.server:
        stand.hand("PUT", "webhooks", url=door.server.url("/webhooks/paypal/"))
        yield door
        stand.hand("PUT", "webhooks", url="")


# ---- Events --------------------------------------------------------------------------------------------------------------------
def test_an_event_names_its_payment_and_is_verified_by_a_call(stand: Stand, amina: User, door: Door) -> None:
    payment = paid(stand, amina)
    approved, captured = sorted(door.wait(2), key=lambda said: b"CAPTURE" in said.body)
    for said, kind in ((approved, "CHECKOUT.ORDER.APPROVED"), (captured, "PAYMENT.CAPTURE.COMPLETED")):
        hint = PayPal().parse_event(said.body, said.headers, now=now())
        assert (hint.kind, hint.payment_ref, hint.provider_ref) == (kind, payment.our_reference, payment.provider_ref)
        assert is_from_paypal(said.body, said.headers) is True


def test_looking_at_an_event_asks_nobody(stand: Stand, amina: User, door: Door, settings: Any) -> None:
    begun = begin(amina)
    stand.decide(begun)
    (said,) = door.wait(1)
    settings.OUTBOUND_HOSTS = []
    assert PayPal().parse_event(said.body, said.headers, now=now()).payment_ref == begun.our_reference
    with pytest.raises(OutboundError):
        is_from_paypal(said.body, said.headers)


def test_what_somebody_else_says_is_not_genuine(stand: Stand, amina: User, door: Door, settings: Any) -> None:
    stand.decide(begin(amina))
    (said,) = door.wait(1)
    changed = said.body.replace(b"APPROVED", b"COMPLETE")
    assert is_from_paypal(changed, said.headers) is False
    assert is_from_paypal(said.body, said.headers | {"paypal-transmission-sig": "00"}) is False
    settings.PAYPAL_WEBHOOK_ID = "WHOTHER"
    assert is_from_paypal(said.body, said.headers) is False
    stand.hand("PUT", "webhooks", forged=True)
    stand.decide(begin(amina))
    forged = door.wait(2)[1]
    settings.PAYPAL_WEBHOOK_ID = "WHRESAKA"
    assert is_from_paypal(forged.body, forged.headers) is False


def test_the_inbox_follows_what_paypal_said_and_refuses_what_it_did_not(stand: Stand, amina: User, door: Door) -> None:
    payment = begin(amina)
    stand.decide(payment)
    (said,) = door.wait(1)
    forged = said.body.replace(b"WH-", b"WX-")
    for body, state, stands in ((forged, EventState.REFUSED, S.PENDING), (said.body, EventState.PROCESSED, S.SUCCEEDED)):
        assert receive_event(provider="PAYPAL", raw=body, headers=said.headers, path="/webhooks/paypal/", now=now()) is True
        event = ProviderEvent.objects.latest("pk")
        process_event(event_id=event.pk, now=now())
        event.refresh_from_db()
        payment.refresh_from_db()
        assert (event.state, payment.state) == (state, stands)
    assert stand.counts["captured"] == 1


def test_an_event_waits_while_paypal_cannot_say_whether_it_is_theirs(stand: Stand, amina: User, door: Door) -> None:
    payment = begin(amina)
    stand.decide(payment)
    (said,) = door.wait(1)
    receive_event(provider="PAYPAL", raw=said.body, headers=said.headers, path="/webhooks/paypal/", now=now())
    event = ProviderEvent.objects.get()
    stand.breaks("verify", "error_before")
    with pytest.raises(OutboundError):
        process_event(event_id=event.pk, now=now())
    process_event(event_id=event.pk, now=now())
    payment.refresh_from_db()
    assert payment.state == S.SUCCEEDED


HEADERS = {
    "PAYPAL-TRANSMISSION-ID": "1",
    "PAYPAL-TRANSMISSION-SIG": "x",
    "PAYPAL-CERT-URL": "https://api.paypal.com/certs/1",
    "PAYPAL-AUTH-ALGO": "SHA256withRSA",
}

EVENT = json.dumps({"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"custom_id": "REF"}}).encode()


def headers_at(age: timedelta, **changes: str) -> dict[str, str]:
    return {**HEADERS, "PAYPAL-TRANSMISSION-TIME": (now() - age).isoformat(), **{k.replace("_", "-"): v for k, v in changes.items()}}


def test_an_event_of_yesterday_is_read(stand: Stand) -> None:
    assert PayPal().parse_event(EVENT, headers_at(timedelta(days=1)), now=now()).payment_ref == "REF"


@pytest.mark.parametrize("age", [timedelta(days=4), -timedelta(minutes=6)], ids=["old", "of tomorrow"])
def test_an_event_out_of_its_time_is_refused(stand: Stand, age: timedelta) -> None:
    with pytest.raises(BadSignature):
        PayPal().parse_event(EVENT, headers_at(age), now=now())


@pytest.mark.parametrize("name", FORGED)
def test_an_event_without_one_of_its_headers_is_refused(stand: Stand, name: str) -> None:
    headers = {key: value for key, value in headers_at(timedelta(0)).items() if key.lower() != name}
    with pytest.raises(BadSignature):
        PayPal().parse_event(EVENT, headers, now=now())


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/cert",
        "https://paypal.com.evil.example/cert",
        "https://evilpaypal.com/cert",
        "http://api.paypal.com/cert",
        "https://api.paypal.com:8443/cert",
        "https://api.paypal.com@evil.example/",
        "file:///etc/passwd",
        "https://[::1/",
        "x",
    ],
)
def test_a_certificate_from_elsewhere_is_refused(stand: Stand, url: str) -> None:
    with pytest.raises(BadSignature):
        PayPal().parse_event(EVENT, headers_at(timedelta(0), PAYPAL_CERT_URL=url), now=now())


@pytest.mark.parametrize("at", ["", "yesterday", "2026-11-26", "2026-11-26T12:00:00"])
def test_a_time_that_is_none_is_refused(stand: Stand, at: str) -> None:
    with pytest.raises(BadSignature):
        PayPal().parse_event(EVENT, headers_at(timedelta(0), PAYPAL_TRANSMISSION_TIME=at), now=now())


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'{"id": 1, "resource": {}}', b'{"id": "x"}', b"[" * 100_000, b"\xff"])
def test_what_is_no_event_cannot_be_read(stand: Stand, raw: bytes) -> None:
    with pytest.raises(ValueError):
        PayPal().parse_event(raw, headers_at(timedelta(0)), now=now())
