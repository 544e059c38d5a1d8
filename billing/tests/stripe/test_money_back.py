"""Money back by Stripe, never twice and never more than was paid; and its statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from billing.enums import LineKind, RefundReason
from billing.models import Payment, Refund
from billing.providers.base import ProviderState, Refunded, RefundPending, Refused, StatementRow, Unclear
from billing.providers.stripe_payments import Stripe
from billing.tests.stripe.asking import S
from billing.tests.stripe.house import make_payment, make_refund, start
from billing.tests.stripe.standin import DAY, DISPUTED, StandIn
from core.money import Money

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]


def refunds(standin: StandIn) -> list[Any]:
    return [(one.amount, one.reason) for one in standin.sdk.refunds.list().data]


# ---- Money back ------------------------------------------------------------------------------------------------------------------------
def test_part_of_it_goes_back(paid: Payment, standin: StandIn, now: datetime) -> None:
    refund = make_refund(paid, 500, now=now, reason=RefundReason.DUPLICATE)
    done = Stripe().refund(refund, now=now)
    assert done == Refunded(standin.sdk.refunds.list().data[0].id)
    assert refunds(standin) == [(500, "duplicate")]
    assert Stripe().refund(refund, now=now) == done
    assert Stripe().refund(make_refund(paid, 1_500, now=now), now=now) != done
    assert refunds(standin) == [(1_500, "requested_by_customer"), (500, "duplicate")]


def test_never_more_than_was_paid(paid: Payment, standin: StandIn, now: datetime) -> None:
    assert Stripe().refund(make_refund(paid, 2_001, now=now), now=now) == Refused("amount_too_large", alert=True)
    Stripe().refund(make_refund(paid, 2_000, now=now), now=now)
    assert Stripe().refund(make_refund(paid, 1, now=now), now=now) == Refused("charge_already_refunded", alert=True)
    assert refunds(standin) == [(2_000, "requested_by_customer")]


@pytest.mark.parametrize("fault", ["reply_lost", "error_after"])
def test_a_refund_whose_answer_is_lost_happens_once(paid: Payment, standin: StandIn, now: datetime, fault: str) -> None:
    refund = make_refund(paid, 500, now=now)
    standin.control("faults", **{fault: {"next": 1, "path": "/v1/refunds"}})
    assert isinstance(Stripe().refund(refund, now=now), Refunded)
    refund.checks = 1
    assert isinstance(Stripe().refund(refund, now=now + timedelta(days=2)), Refunded)
    standin.advance(2 * DAY)  # the key is forgotten there
    assert isinstance(Stripe().refund(refund, now=now + timedelta(days=2)), Refunded)
    assert refunds(standin) == [(500, "requested_by_customer")]


def test_a_refund_that_nobody_answers(paid: Payment, standin: StandIn, now: datetime) -> None:
    refund = make_refund(paid, 500, now=now)
    standin.control("faults", error_before=1.0)
    assert isinstance(Stripe().refund(refund, now=now), Unclear)
    standin.control("faults")
    assert Stripe().fetch_refund(refund, now=now) == ProviderState(S.UNKNOWN, failure_code="NOT_FOUND")
    assert Stripe().fetch_refund(refund, now=now + timedelta(hours=25)).state == S.FAILED
    assert refunds(standin) == []


def test_too_many_calls_after_an_unclear_try_prove_nothing(paid: Payment, standin: StandIn, now: datetime) -> None:
    refund = make_refund(paid, 500, now=now, state="UNKNOWN", checks=1)
    standin.control("faults", rate_limit={"next": 2, "path": "/v1/refunds"})
    assert isinstance(Stripe().refund(refund, now=now), Unclear)
    assert isinstance(Stripe().refund(refund, now=now), Refunded)


@pytest.mark.parametrize(("sent", "state"), [(True, S.SUCCEEDED), (False, S.FAILED)])
def test_a_refund_on_its_way(paid: Payment, standin: StandIn, now: datetime, sent: bool, state: str) -> None:
    standin.control("behave", refunds="pending")
    refund = make_refund(paid, 500, now=now)
    begun = Stripe().refund(refund, now=now)
    assert isinstance(begun, RefundPending)
    refund.provider_ref = begun.provider_ref
    assert Stripe().fetch_refund(refund, now=now).state == S.PENDING
    standin.control("refunds", refund=begun.provider_ref, sent=sent)
    after = Stripe().fetch_refund(refund, now=now)
    assert (after.state, after.money) == (state, Money(500, "EUR"))
    assert after.failure_code == ("" if sent else "lost_or_stolen_card")


def test_a_refund_of_another_is_not_ours(paid: Payment, now: datetime) -> None:
    first, second = make_refund(paid, 500, now=now), make_refund(paid, 500, now=now)
    done = Stripe().refund(first, now=now)
    assert isinstance(done, Refunded)
    second.provider_ref = done.provider_ref
    assert Stripe().fetch_refund(second, now=now).failure_code == "OTHER_REFUND"


def test_what_was_never_paid_does_not_go_back(payment: Payment, now: datetime) -> None:
    assert Stripe().refund(make_refund(payment, 500, now=now), now=now) == Refused("NO_CHARGE", alert=True)
    assert Refund.objects.count() == 1


# ---- Statements ------------------------------------------------------------------------------------------------------------------------
def test_a_statement_of_a_day(paid: Payment, standin: StandIn, now: datetime) -> None:
    refund = make_refund(paid, 500, now=now)
    done = Stripe().refund(refund, now=now)
    assert isinstance(done, Refunded)
    standin.pay(start(make_payment(paid.payer or User(), now=now), now=now), DISPUTED)
    dispute = standin.sdk.disputes.list().data[0].id
    standin.control("disputes/close", dispute=dispute, won=True)
    standin.control("payouts", currency="eur")
    rows = list(Stripe().statement(now.astimezone(UTC).date()))
    seen = sorted((row.kind, row.money.amount_minor, row.fee.amount_minor if row.fee else 0) for row in rows)
    assert seen == [
        (LineKind.DISPUTE, -2_000, 1_500),
        (LineKind.DISPUTE, 2_000, 0),
        (LineKind.PAYMENT, 2_000, 55),
        (LineKind.PAYMENT, 2_000, 55),
        (LineKind.PAYOUT, -1_890, 0),
        (LineKind.REFUND, -500, 0),
    ]
    by_kind: dict[str, StatementRow] = {row.provider_ref: row for row in rows}
    assert by_kind[str(paid.settle_ref)].our_ref == paid.our_reference
    assert by_kind[done.provider_ref].our_ref == refund.public_id
    assert by_kind[dispute].money == Money(-2_000, "EUR")
    assert len(by_kind) == len(rows)


def test_a_refund_that_came_back_is_a_line_that_nobody_knows(paid: Payment, standin: StandIn, now: datetime) -> None:
    done = Stripe().refund(make_refund(paid, 500, now=now), now=now)
    assert isinstance(done, Refunded)
    standin.control("refunds", refund=done.provider_ref, sent=False)
    rows = [row for row in Stripe().statement(now.astimezone(UTC).date()) if row.money == Money(500, "EUR")]
    assert [(row.kind, row.our_ref) for row in rows] == [(LineKind.PAYMENT, "")]
    assert rows[0].provider_ref.startswith("txn_")


def test_a_day_without_bookings(paid: Payment, now: datetime) -> None:
    assert list(Stripe().statement(now.astimezone(UTC).date() - timedelta(days=1))) == []
