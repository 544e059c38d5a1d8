"""STRIPE as a provider of payments: what each answer means, and that nothing is charged or given back twice whatever is lost."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.models import Payment
from billing.providers import states
from billing.providers.base import ProviderState, Redirect, Refused, Unclear
from billing.providers.stripe import VERSION, Denied, NoAnswer
from billing.providers.stripe_payments import Stripe, open_stripe
from billing.providers.table import NotConfigured, get_provider, list_providers
from billing.tests.stripe.asking import S
from billing.tests.stripe.house import make_payment, pay, start
from billing.tests.stripe.standin import DAY, DECLINED, HOUR, OK, StandIn
from core.hosts import read_host
from core.http import OutboundError
from core.money import Money
from core.tests.standin import Reply
from core.tests.standin import StandIn as Listener

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
STATES = json.loads((Path(__file__).parents[1] / "data" / "provider_states.json").read_text("utf-8"))


@pytest.fixture
def amina() -> User:
    return make_user("Amina", language="mg")


def sessions(standin: StandIn) -> list[Any]:
    return list(standin.sdk.checkout.sessions.list().data)


# ---- Who it is -------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("STRIPE payment_intent.status", states.STRIPE_INTENT),
        ("STRIPE checkout.session (status, payment_status)", states.STRIPE_SESSION),
        ("STRIPE refund.status", states.STRIPE_REFUND),
    ],
)
def test_words_stand_for_what_they_stand_for(name: str, table: dict[str, str]) -> None:
    assert {word: str(state) for word, state in table.items()} == STATES[name]


def test_it_is_offered_with_a_key_alone(settings: Any) -> None:
    assert get_provider("STRIPE").name == "STRIPE"
    settings.STRIPE_KEY = ""
    assert open_stripe() is None
    assert "STRIPE" not in [provider.name for provider in list_providers()]
    with pytest.raises(NotConfigured):
        get_provider("STRIPE")


def test_what_it_can() -> None:
    able = Stripe().capabilities()
    assert able.currencies == {"EUR", "USD", "MGA", "KMF", "MUR", "SCR"}
    assert (able.refunds, able.recurring, able.needs_msisdn, able.repeatable, able.api_version) == ("PARTIAL", True, False, True, VERSION)


def test_no_more_is_said_than_must_be(settings: Any, payment: Payment, now: datetime) -> None:
    """The package of Stripe would tell what it runs on."""
    with Listener(lambda _said: Reply(status=500)) as other:
        settings.STRIPE_URL, settings.OUTBOUND_HOSTS = other.url("").rstrip("/"), [read_host(other.entry)]
        assert isinstance(Stripe().start(payment, now=now), Unclear)
        headers = other.said[0].headers
    assert set(headers) == {
        "host", "accept", "accept-encoding", "connection", "user-agent", "content-length",
        "authorization", "content-type", "idempotency-key", "stripe-version",
    }  # fmt: skip
    assert (headers["user-agent"], headers["stripe-version"]) == ("Resaka", VERSION)


# ---- A payment -------------------------------------------------------------------------------------------------------------------------
def test_the_payer_goes_on_at_a_page(payment: Payment, standin: StandIn, now: datetime, settings: Any) -> None:
    begun = Stripe().start(payment, now=now)
    made = sessions(standin)[0]
    assert begun == Redirect(made.url, made.id)
    assert (made.amount_total, made.currency, made.locale, made.mode) == (2_000, "eur", "fr", "payment")
    assert (made.client_reference_id, made.metadata["payment"]) == (payment.our_reference, payment.our_reference)
    assert made.success_url == made.cancel_url == f"{settings.ORIGIN}/money/payments/{payment.public_id}/"
    assert abs(made.expires_at - (now.timestamp() + HOUR)) <= 2
    assert (made.customer, made.customer_email) == (None, None)


def test_sent_twice_it_is_one_page(payment: Payment, standin: StandIn, now: datetime) -> None:
    assert Stripe().start(payment, now=now) == Stripe().start(payment, now=now + timedelta(minutes=3))
    assert len(sessions(standin)) == 1


@pytest.mark.parametrize(("currency", "amount"), [("MGA", 20_000), ("KMF", 2_500), ("EUR", 499), ("MUR", 10_000)])
def test_amounts_are_whole_as_ours_are(amina: User, standin: StandIn, now: datetime, currency: str, amount: int) -> None:
    payment = make_payment(amina, now=now, amount=amount, currency=currency)
    pay(payment, standin, now=now)
    assert Stripe().fetch(payment, now=now).money == Money(amount, currency)
    assert standin.sdk.charges.list().data[0].amount == amount


def test_paid_is_what_stripe_says_when_it_is_asked(payment: Payment, standin: StandIn, now: datetime) -> None:
    link = start(payment, now=now)
    assert Stripe().fetch(payment, now=now) == ProviderState(S.PENDING, str(payment.provider_ref), "", Money(2_000, "EUR"))
    standin.pay(link, DECLINED)
    assert Stripe().fetch(payment, now=now).state == S.PENDING
    standin.pay(link, OK)
    intent = standin.sdk.payment_intents.list().data[0].id
    assert Stripe().fetch(payment, now=now) == ProviderState(S.SUCCEEDED, str(payment.provider_ref), intent, Money(2_000, "EUR"))


def test_complete_and_unpaid_waits(payment: Payment, standin: StandIn, now: datetime) -> None:
    standin.press(start(payment, now=now), "debit")
    assert Stripe().fetch(payment, now=now).state == S.PENDING
    standin.advance(3 * DAY)
    assert Stripe().fetch(payment, now=now).state == S.SUCCEEDED


def test_a_debit_that_failed(payment: Payment, standin: StandIn, now: datetime) -> None:
    standin.press(start(payment, now=now), "debit_fails")
    standin.advance(3 * DAY)
    state = Stripe().fetch(payment, now=now)
    assert (state.state, state.settle_ref) == (S.FAILED, "")


def test_a_page_that_closed(payment: Payment, standin: StandIn, now: datetime) -> None:
    start(payment, now=now)
    standin.advance(2 * HOUR)
    assert Stripe().fetch(payment, now=now).state == S.EXPIRED


def test_a_reply_that_is_lost_is_found_again(payment: Payment, standin: StandIn, now: datetime) -> None:
    standin.control("faults", reply_lost={"next": 1, "path": "/v1/checkout"})
    begun = Stripe().start(payment, now=now)
    assert begun == Redirect(sessions(standin)[0].url, sessions(standin)[0].id)
    assert len(sessions(standin)) == 1


def test_a_failure_that_is_kept_with_the_key_is_no_reason_for_another_key(payment: Payment, standin: StandIn, now: datetime) -> None:
    standin.control("faults", error_after={"next": 1, "path": "/v1/checkout"})
    begun = Stripe().start(payment, now=now)
    assert isinstance(begun, Redirect)
    assert Stripe().start(payment, now=now) == begun
    keys = {event["request"]["idempotency_key"] for event in standin.look("traffic")["events"] if event["type"].startswith("price")}
    assert keys == {f"payment:{payment.public_id}:start:1"}
    assert len(sessions(standin)) == 1


def test_nothing_arrived_and_nobody_knows(payment: Payment, standin: StandIn, now: datetime) -> None:
    standin.control("faults", error_before={"next": 1})
    begun = Stripe().start(payment, now=now)
    assert begun == Unclear("NoAnswer: APIError 503")
    assert Stripe().fetch(payment, now=now) == ProviderState(S.UNKNOWN, failure_code="NOT_FOUND")
    assert isinstance(Stripe().start(payment, now=now), Redirect)
    assert Stripe().fetch(payment, now=now).state == S.PENDING


def test_what_is_not_there_after_a_day_never_was(payment: Payment, now: datetime) -> None:
    assert Stripe().fetch(payment, now=now + timedelta(hours=23)).state == S.UNKNOWN
    state = Stripe().fetch(payment, now=now + timedelta(hours=25))
    assert (state.state, state.failure_code) == (S.FAILED, "NEVER_ARRIVED")


def test_a_page_that_was_paid_meanwhile_is_not_offered_again(payment: Payment, standin: StandIn, now: datetime) -> None:
    begun = Stripe().start(payment, now=now)
    assert isinstance(begun, Redirect)
    standin.pay(begun.url)
    payment.checks = 1
    standin.control("faults", error_before={"next": 1})
    assert Stripe().start(payment, now=now) == Unclear("the page is closed")
    assert Stripe().fetch(payment, now=now).state == S.SUCCEEDED


@pytest.mark.parametrize(
    ("key", "fault", "refused"),
    [
        ("sk_live_of_another", {}, Refused("KEYS_REFUSED", retry_later=True, alert=True)),
        ("", {"rate_limit": {"next": 1}}, Refused("RATE_LIMIT", retry_later=True)),
    ],
)
def test_refusals_that_prove_that_nothing_was_done(
    settings: Any, payment: Payment, standin: StandIn, now: datetime, key: str, fault: Any, refused: Refused
) -> None:
    settings.STRIPE_KEY = key or settings.STRIPE_KEY
    standin.control("faults", **fault)
    assert Stripe().start(payment, now=now) == refused
    assert sessions(standin) == []


def test_a_refusal_after_an_unclear_try_proves_nothing_of_that_try(payment: Payment, standin: StandIn, now: datetime) -> None:
    begun = Stripe().start(payment, now=now)
    payment.checks = 1
    standin.control("faults", rate_limit={"next": 1})
    assert Stripe().start(payment, now=now) == begun


def test_parameters_that_stripe_refuses(payment: Payment, now: datetime) -> None:
    payment.amount_minor = -1
    begun = Stripe().start(payment, now=now)
    assert begun == Refused("parameter_invalid_integer", alert=True)


def test_nobody_there(settings: Any, payment: Payment, now: datetime) -> None:
    settings.STRIPE_URL, settings.OUTBOUND_HOSTS = "http://127.0.0.1:1", [read_host("127.0.0.1:1")]
    assert Stripe().start(payment, now=now) == Refused("NOT_REACHED", retry_later=True)
    with pytest.raises(OutboundError):
        Stripe().fetch(payment, now=now)
    settings.OUTBOUND_HOSTS = []
    assert Stripe().start(payment, now=now) == Refused("NOT_ALLOWED", alert=True)


def test_nonsense_is_no_answer(settings: Any, payment: Payment, now: datetime) -> None:
    with Listener(lambda _said: Reply(chunks=[b"<html>"])) as other:
        settings.STRIPE_URL, settings.OUTBOUND_HOSTS = other.url("").rstrip("/"), [read_host(other.entry)]
        payment.provider_ref = "cs_test_1"
        with pytest.raises(NoAnswer):
            Stripe().fetch(payment, now=now)
        assert isinstance(Stripe().start(payment, now=now), Unclear)


def test_a_session_of_somebody_else_pays_nothing_here(paid: Payment, amina: User, now: datetime) -> None:
    forged = make_payment(amina, now=now)
    forged.provider_ref = paid.provider_ref
    state = Stripe().fetch(forged, now=now)
    assert (state.state, state.failure_code, state.settle_ref) == (S.UNKNOWN, "OTHER_PAYMENT", "")


def test_a_session_that_there_is_not(payment: Payment, now: datetime) -> None:
    payment.provider_ref = "cs_test_unknown"
    state = Stripe().fetch(payment, now=now)
    assert (state.state, state.failure_code) == (S.UNKNOWN, "NO_SUCH_SESSION")
    payment.provider_ref = "in_unknown"
    with pytest.raises(Denied, match="resource_missing"):
        Stripe().fetch(payment, now=now)
