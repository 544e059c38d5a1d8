"""PayPal against its stand-in, which runs as a program of its own: what moves money, what does not, and what nobody knows."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import EventState, LineKind, PaymentState, Purpose, RefundState
from billing.models import Payment, ProviderEvent, Refund
from billing.providers.base import BadSignature, ProviderState, Redirect, Refunded, RefundPending, Refused, Unclear
from billing.providers.paypal import CURRENCIES, PayPal, is_from_paypal
from billing.providers.paypalcalls import forget_token
from billing.providers.paypalreading import read_order, read_refund
from billing.providers.table import NotConfigured, get_provider, list_providers
from billing.services.inbox import process_event, receive_event
from core.hosts import read_host
from core.http import OutboundError
from core.money import EXPONENTS, Money
from core.tests.standin import Reply, StandIn

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
S = PaymentState
FORGED = ("paypal-transmission-sig", "paypal-transmission-id", "paypal-transmission-time", "paypal-cert-url", "paypal-auth-algo")


class Stand:
    """The stand-in and the hand that moves it; also the payer in front of its page."""

    def __init__(self, url: str) -> None:
        self.url = url

    def hand(self, method: str, deed: str, **body: Any) -> dict[str, Any]:
        answer = httpx.request(method, f"{self.url}/__fake/{deed}", json=body, trust_env=False)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def breaks(self, operation: str, fault: str, times: int = 1) -> None:
        self.hand("PUT", "faults", **{operation: {fault: times}})

    def decide(self, payment: Payment, decision: str = "approve") -> None:
        self.hand("POST", "order", id=payment.provider_ref, decision=decision)

    @property
    def counts(self) -> dict[str, int]:
        return dict(self.hand("GET", "state")["counts"])

    @property
    def orders(self) -> list[dict[str, Any]]:
        return list(self.hand("GET", "state")["orders"])


@pytest.fixture(scope="module")
def stand_url() -> Iterator[str]:
    command = [sys.executable, "-m", "billing.simulators.paypal", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


@pytest.fixture
def stand(settings: Any, stand_url: str) -> Stand:
    settings.OUTBOUND_HOSTS = [read_host(urlsplit(stand_url).netloc)]
    settings.PAYPAL_URL = stand_url
    settings.PAYPAL_CLIENT_ID, settings.PAYPAL_SECRET = "resaka-paypal", "resaka-paypal-secret"
    settings.PAYPAL_WEBHOOK_ID, settings.PAYPAL_MERCHANT_ID = "WHRESAKA", "RESAKAMERCHANT"
    forget_token()
    stand = Stand(stand_url)
    stand.hand("POST", "reset")
    return stand


@pytest.fixture
def amina(db: None) -> User:
    return make_user("Amina")


def now() -> datetime:
    return timezone.now()


def make(user: User, money: Money = Money(1250, "EUR"), **fields: Any) -> Payment:  # noqa: B008  (frozen)
    values = {"state": S.SUBMITTED, "open_key": uuid.uuid4().hex, "submitted_at": now(), **fields}
    return Payment.objects.create(
        payer=user,
        purpose=Purpose.SUBSCRIPTION,
        subject_key="plan_order:x",
        amount_minor=money.amount_minor,
        currency=money.currency,
        provider="PAYPAL",
        client_key=uuid.uuid4(),
        created_at=now(),
        expires_at=now() + timedelta(hours=1),
        **values,
    )


def begin(user: User, **fields: Any) -> Payment:
    """A payment whose order is made."""
    payment = make(user, **fields)
    begun = PayPal().start(payment, now=now())
    assert isinstance(begun, Redirect)
    payment.provider_ref, payment.state = begun.provider_ref, S.PENDING
    payment.save()
    return payment


def paid(stand: Stand, user: User) -> Payment:
    """A payment that was approved and captured."""
    payment = begin(user)
    stand.decide(payment)
    found = fetch(payment)
    assert found.state == S.SUCCEEDED
    payment.settle_ref, payment.state = found.settle_ref, S.SUCCEEDED
    payment.save()
    return payment


def fetch(payment: Payment) -> ProviderState:
    return PayPal().fetch(payment, now=now())


def back(payment: Payment, minor: int) -> Refund:
    return Refund.objects.create(
        payment=payment, amount_minor=minor, reason="WITHDRAWAL", channel="PROVIDER", state=RefundState.SUBMITTED, created_at=now()
    )


# ---- Whether there is one ------------------------------------------------------------------------------------------------------


def test_without_keys_it_is_not_offered(settings: Any) -> None:
    settings.PAYPAL_CLIENT_ID = ""
    assert "PAYPAL" not in [provider.name for provider in list_providers()]
    with pytest.raises(NotConfigured):
        get_provider("PAYPAL")


def test_it_takes_euros_and_dollars_alone(stand: Stand, amina: User) -> None:
    can = get_provider("PAYPAL").capabilities()
    assert can.currencies == CURRENCIES == {"EUR", "USD"}
    assert (can.refunds, can.recurring, can.repeatable, can.finds_by_reference) == ("PARTIAL", False, True, False)
    assert can.payee == "RESAKAMERCHANT"
    for currency in set(EXPONENTS) - CURRENCIES:
        assert PayPal().start(make(amina, Money(20_000, currency)), now=now()) == Refused("CURRENCY")
    assert stand.orders == []


# ---- Beginning -----------------------------------------------------------------------------------------------------------------


def test_an_order_says_what_is_paid_and_by_which_name(stand: Stand, amina: User, settings: Any) -> None:
    payment = make(amina)
    begun = PayPal().start(payment, now=now())
    assert isinstance(begun, Redirect)
    (order,) = stand.orders
    assert begun == Redirect(f"{stand.url}/checkoutnow?token={order['id']}", order["id"])
    assert order["unit"]["amount"] == {"currency_code": "EUR", "value": "12.50"}
    assert order["unit"]["custom_id"] == order["unit"]["invoice_id"] == payment.our_reference
    assert order["context"]["return_url"] == f"{settings.ORIGIN}/money/payments/{payment.public_id}/"
    assert "Amina" not in json.dumps(order)


def test_told_twice_there_is_one_order(stand: Stand, amina: User) -> None:
    payment = make(amina)
    assert PayPal().start(payment, now=now()) == PayPal().start(payment, now=now())
    assert len(stand.orders) == 1


@pytest.mark.parametrize("fault", ["reply_lost", "error_after", "error_before", "rate_limit"])
def test_whoever_lost_the_answer_says_so_and_asks_again_for_the_same_order(stand: Stand, amina: User, fault: str) -> None:
    payment = make(amina)
    stand.breaks("create", fault)
    assert isinstance(PayPal().start(payment, now=now()), Unclear)
    assert isinstance(PayPal().start(payment, now=now()), Redirect)
    assert len(stand.orders) == 1


def test_a_paypal_that_is_away_is_unclear(stand: Stand, amina: User, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = []
    assert isinstance(PayPal().start(make(amina), now=now()), Unclear)


def test_wrong_keys_are_no_order(stand: Stand, amina: User, settings: Any) -> None:
    settings.PAYPAL_SECRET = "another"
    forget_token()
    assert isinstance(PayPal().start(make(amina), now=now()), Unclear)
    assert stand.orders == []


def test_a_token_is_kept_and_renewed_when_it_ended_early(stand: Stand, amina: User) -> None:
    for _time in range(3):
        begin(amina)
    assert stand.counts["calls token"] == 1
    stand.hand("POST", "tokens")
    begin(amina)
    assert stand.counts["calls token"] == 2


def test_what_paypal_refuses_is_refused(stand: Stand, amina: User, settings: Any) -> None:
    settings.PAYPAL_MERCHANT_ID = "SOMEBODYELSE"
    assert PayPal().start(make(amina), now=now()) == Refused("PAYEE_ACCOUNT_INVALID")


# ---- Asking --------------------------------------------------------------------------------------------------------------------


def test_before_the_payer_has_approved_nothing_is_paid(stand: Stand, amina: User) -> None:
    payment = begin(amina)
    assert fetch(payment).state == S.PENDING
    assert "calls capture" not in stand.counts


def test_what_was_approved_is_captured_and_then_paid(stand: Stand, amina: User) -> None:
    payment = begin(amina)
    stand.decide(payment)
    found = fetch(payment)
    assert (found.state, found.money, found.payee) == (S.SUCCEEDED, Money(1250, "EUR"), "RESAKAMERCHANT")
    assert (found.provider_ref, found.fee) == (payment.provider_ref, Money(71, "EUR"))
    assert found.settle_ref == stand.orders[0]["captures"][0]["id"] != ""
    assert found.raw == {"payer_country": "FR"}
    assert fetch(payment) == found
    assert stand.counts["captured"] == 1


@pytest.mark.parametrize("fault", ["reply_lost", "error_after", "error_before", "rate_limit"])
def test_a_capture_whose_answer_was_lost_is_made_once(stand: Stand, amina: User, fault: str) -> None:
    payment = begin(amina)
    stand.decide(payment)
    stand.breaks("capture", fault)
    with pytest.raises(OutboundError):
        fetch(payment)
    assert fetch(payment).state == S.SUCCEEDED
    assert stand.counts["captured"] == 1


def test_an_approved_order_of_a_payment_that_was_given_up_is_left_to_lapse(stand: Stand, amina: User) -> None:
    released, expired = begin(amina), begin(amina)
    for payment in (released, expired):
        stand.decide(payment)
    released.open_key = None  # paid by another way meanwhile
    expired.state = S.EXPIRED
    for payment in (released, expired):
        assert fetch(payment).state == S.PENDING
    assert "captured" not in stand.counts


@pytest.mark.parametrize(
    ("word", "state"),
    [("COMPLETED", S.SUCCEEDED), ("PENDING", S.PENDING), ("DECLINED", S.FAILED), ("FAILED", S.FAILED), ("ODD", S.UNKNOWN)],
)
def test_the_word_of_the_capture_decides(stand: Stand, amina: User, word: str, state: PaymentState) -> None:
    payment = begin(amina)
    stand.decide(payment)
    stand.hand("PUT", "knobs", capture_status=word)
    assert fetch(payment).state == state


@pytest.mark.parametrize(
    ("word", "state"), [("INSTRUMENT_DECLINED", S.FAILED), ("PAYER_CANNOT_PAY", S.FAILED), ("SOMETHING_NEW", S.UNKNOWN)]
)
def test_a_refused_capture_is_over_or_unknown(stand: Stand, amina: User, word: str, state: PaymentState) -> None:
    payment = begin(amina)
    stand.decide(payment)
    stand.hand("PUT", "knobs", decline=word)
    found = fetch(payment)
    assert (found.state, found.failure_code) == (state, word)


def test_a_second_order_under_one_name_is_never_captured(stand: Stand, amina: User) -> None:
    first = paid(stand, amina)
    second = begin(amina)
    Payment.objects.filter(pk=first.pk).update(our_reference="ANOTHERNAME000000000")
    second.our_reference = first.our_reference
    second.submit_key = uuid.uuid4()
    begun = PayPal().start(second, now=now())
    assert isinstance(begun, Redirect)
    second.provider_ref = begun.provider_ref
    stand.decide(second)
    found = fetch(second)
    assert (found.state, found.failure_code) == (S.UNKNOWN, "DUPLICATE_INVOICE_ID")
    assert stand.counts["captured"] == 1


@pytest.mark.parametrize(
    ("lies", "state", "money", "payee"),
    [
        ({"amount": "12.49"}, S.SUCCEEDED, Money(1249, "EUR"), "RESAKAMERCHANT"),
        ({"merchant_id": "THIEF"}, S.SUCCEEDED, Money(1250, "EUR"), "THIEF"),
        ({"amount": "12.505"}, S.SUCCEEDED, None, "RESAKAMERCHANT"),
        ({"amount": "1e3"}, S.SUCCEEDED, None, "RESAKAMERCHANT"),
        ({"custom_id": "SOMEBODYELSES0000000"}, S.UNKNOWN, None, ""),
    ],
)
def test_what_differs_is_told_as_it_was_said(
    stand: Stand, amina: User, lies: dict[str, str], state: PaymentState, money: Money | None, payee: str
) -> None:
    payment = begin(amina)
    stand.decide(payment)
    stand.hand("PUT", "order", id=payment.provider_ref, lies=lies)
    found = fetch(payment)
    assert (found.state, found.money, found.payee) == (state, money, payee)


def test_a_voided_order_is_over(stand: Stand, amina: User) -> None:
    payment = begin(amina)
    stand.decide(payment, "void")
    assert fetch(payment).state == S.FAILED


@pytest.mark.parametrize(("age", "state"), [(timedelta(hours=3), S.UNKNOWN), (timedelta(hours=5), S.EXPIRED)])
def test_an_order_that_paypal_forgot_has_lapsed_once_it_is_old(stand: Stand, amina: User, age: timedelta, state: PaymentState) -> None:
    payment = begin(amina)
    stand.hand("POST", "reset")
    payment.submitted_at = now() - age
    assert fetch(payment).state == state


@pytest.mark.parametrize("fault", ["reply_lost", "error_before", "rate_limit"])
def test_when_asking_fails_nothing_is_said(stand: Stand, amina: User, fault: str) -> None:
    payment = begin(amina)
    stand.breaks("get", fault)
    with pytest.raises(OutboundError):
        fetch(payment)


def test_the_payer_decides_on_the_page_and_is_sent_back(stand: Stand, amina: User, settings: Any) -> None:
    payment = begin(amina)
    page = f"{stand.url}/checkoutnow?token={payment.provider_ref}"
    assert "12.50 EUR" in httpx.get(page, trust_env=False).text
    sent = httpx.post(page, data={"decision": "approve"}, trust_env=False)
    assert sent.headers["Location"] == f"{settings.ORIGIN}/money/payments/{payment.public_id}/?token={payment.provider_ref}"
    assert fetch(payment).state == S.SUCCEEDED


# ---- Words ---------------------------------------------------------------------------------------------------------------------


def words_of(kind: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((ROOT / "billing/tests/data/provider_states.json").read_text("utf-8"))[kind]
    return found


def test_every_word_of_the_table_means_what_it_says(amina: User) -> None:
    payment = make(amina)
    unit = {"custom_id": payment.our_reference}
    for word, meaning in words_of("PAYPAL order.status").items():
        wanted = S.UNKNOWN if meaning.startswith("look") else meaning
        assert read_order(payment, {"id": "1", "status": word, "purchase_units": [unit]}).state == wanted, word
    for word, meaning in words_of("PAYPAL capture.status").items():
        order = {"status": "COMPLETED", "purchase_units": [unit | {"payments": {"captures": [{"id": "2", "status": word}]}}]}
        assert read_order(payment, order).state == meaning.partition(",")[0], word
    for word, meaning in words_of("PAYPAL refund.status").items():
        assert read_refund({"id": "3", "status": word}).state == meaning, word


@pytest.mark.parametrize(
    "order", [{}, {"status": 7}, {"status": "COMPLETED"}, {"purchase_units": "x"}, {"status": "NEW", "purchase_units": [{"payments": []}]}]
)
def test_what_cannot_be_read_is_unknown(amina: User, order: dict[str, Any]) -> None:
    assert read_order(make(amina), order).state == S.UNKNOWN


def test_of_a_declined_and_a_completed_capture_the_completed_one_counts(amina: User) -> None:
    payment = make(amina)
    captures = [{"id": "1", "status": "DECLINED"}, {"id": "2", "status": "COMPLETED", "amount": {"value": "12.50", "currency_code": "EUR"}}]
    unit = {"custom_id": payment.our_reference, "payments": {"captures": captures}}
    found = read_order(payment, {"id": "9", "status": "COMPLETED", "purchase_units": [unit]})
    assert (found.state, found.settle_ref) == (S.SUCCEEDED, "2")


# ---- Sending back --------------------------------------------------------------------------------------------------------------


def test_parts_and_then_the_rest_go_back_and_no_more(stand: Stand, amina: User) -> None:
    payment = paid(stand, amina)
    assert isinstance(PayPal().refund(back(payment, 400), now=now()), Refunded)
    assert PayPal().refund(back(payment, 851), now=now()) == Refused("REFUND_AMOUNT_EXCEEDED")
    assert isinstance(PayPal().refund(back(payment, 850), now=now()), Refunded)
    assert PayPal().refund(back(payment, 1), now=now()) == Refused("CAPTURE_FULLY_REFUNDED")
    assert fetch(payment).state == S.SUCCEEDED  # with its refunds


@pytest.mark.parametrize("fault", ["reply_lost", "error_after", "error_before"])
def test_a_refund_whose_answer_was_lost_goes_once_and_is_found(stand: Stand, amina: User, fault: str) -> None:
    payment = paid(stand, amina)
    refund = back(payment, 400)
    stand.breaks("refund", fault)
    assert isinstance(PayPal().refund(refund, now=now()), Unclear)
    known = PayPal().fetch_refund(refund, now=now())
    assert known.state == (S.UNKNOWN if fault == "error_before" else S.SUCCEEDED)
    again = PayPal().refund(refund, now=now())
    assert isinstance(again, Refunded)
    assert len(stand.orders[0]["refunds"]) == 1
    refund.provider_ref = again.provider_ref
    found = PayPal().fetch_refund(refund, now=now())
    assert (found.state, found.money) == (S.SUCCEEDED, Money(400, "EUR"))


@pytest.mark.parametrize(("word", "kind"), [("PENDING", RefundPending), ("CANCELLED", Refused), ("FAILED", Refused), ("ODD", Unclear)])
def test_the_word_of_the_refund_decides(stand: Stand, amina: User, word: str, kind: type[Any]) -> None:
    payment = paid(stand, amina)
    stand.hand("PUT", "knobs", refund_status=word)
    assert isinstance(PayPal().refund(back(payment, 400), now=now()), kind)


# ---- Events --------------------------------------------------------------------------------------------------------------------


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


# ---- Statements ----------------------------------------------------------------------------------------------------------------


def test_the_bookings_of_a_day_name_our_payments(stand: Stand, amina: User) -> None:
    payment = paid(stand, amina)
    refund = back(payment, 400)
    PayPal().refund(refund, now=now())
    rows = list(PayPal().statement(now().date()))
    assert [(row.kind, row.money, row.fee) for row in rows] == [
        (LineKind.PAYMENT, Money(1250, "EUR"), Money(71, "EUR")),
        (LineKind.REFUND, Money(-400, "EUR"), None),
    ]
    assert (rows[0].provider_ref, rows[0].our_ref) == (payment.settle_ref, payment.our_reference)
    assert rows[1].our_ref == refund.public_id
    assert rows[0].at.date() == now().date()
    assert list(PayPal().statement(now().date() - timedelta(days=1))) == []


def test_a_statement_that_does_not_come_is_said(stand: Stand) -> None:
    stand.breaks("statement", "error_before")
    with pytest.raises(OutboundError):
        list(PayPal().statement(now().date()))


# ---- The stand-in --------------------------------------------------------------------------------------------------------------


def test_the_stand_in_imports_nothing_of_the_house() -> None:
    files = [*(ROOT / "billing/simulators/paypal").glob("*.py"), ROOT / "billing/simulators/vies.py"]
    assert len(files) == 8
    for file in files:
        names = {
            name
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        foreign = {name for name in names if name.partition(".")[0] in {"core", "accounts", "billing", "chat", "superapp", "django"}}
        assert all(name.startswith("billing.simulators.paypal") for name in foreign), file.name


def test_the_stand_in_sends_to_this_machine_alone() -> None:
    is_here = import_module("billing.simulators.paypal.events").is_here
    assert is_here("http://127.0.0.1:8000/webhooks/paypal/")
    assert not any(map(is_here, ("http://example.org/", "https://127.0.0.1/", "http://10.0.0.1/", "http://127.0.0.1.evil.example/", "")))
