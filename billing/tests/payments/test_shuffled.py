"""Acceptance 3: every event three times, in every order of five: the house ends in one state, and the hash of it is the same."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from billing.ledger import look
from billing.models import Dispute, LedgerAccount, LedgerTransaction, Payment, ProviderEvent, Refund
from billing.services import inbox
from billing.services.disputes import record_dispute
from billing.services.refunds import request_refund, submit_refund
from billing.tests.bank import SIGNATURE, Bank, pending
from billing.tests.payments.factories import NOW, after, paid_payment, sent_payment
from core.models import OutboxEvent
from core.money import Money

pytestmark = pytest.mark.django_db
LONG = 2000 if os.environ.get("RESAKA_LONG") else 25
NAMES = ("paid", "failed", "late", "refunded", "disputed")


@dataclass
class World:
    """Five things that a provider has to tell, all of which have happened there already."""

    bank: Bank
    bodies: dict[str, dict[str, str]]
    ended: str = ""  # the hash of the house when each was told once


@pytest.fixture
def world(bank: Bank, amina: User, monkeypatch: pytest.MonkeyPatch) -> World:
    paid, failed, late = (sent_payment(amina, subject_key=f"thing:{name}") for name in NAMES[:3])
    bank.pay(paid)
    bank.end(failed, "FAILED", "DECLINED")
    Payment.objects.filter(pk=late.pk).update(state="EXPIRED", open_key=None, next_check_at=None)
    bank.pay(late)
    before = paid_payment(bank, amina, subject_key="thing:before")
    bank.next_refunds.append(pending(bank))
    refund = request_refund(payment_id=before.pk, money=Money(200, "EUR"), reason="GOODWILL", by=None, now=NOW)
    submit_refund(refund_id=refund.pk, now=NOW)
    bank.returned[refund.public_id] = "SUCCEEDED"
    monkeypatch.setitem(inbox._FOLLOWERS, "STRIPE", _follow_disputes(before))
    refs = {"paid": paid, "failed": failed, "late": late, "refunded": before}
    bodies = {name: {"ref": one.our_reference, "kind": name} for name, one in refs.items()}
    return World(bank, bodies | {"disputed": {"kind": "dispute", "subject": "dp_1"}})


def _follow_disputes(payment: Payment) -> Callable[..., bool]:
    """As the house follows Stripe's: the dispute is asked for, and it is lost by now."""

    def follow(hint: object, now: object) -> bool:
        if getattr(hint, "kind", "") != "dispute":
            return False
        money = Money(100, "EUR")
        record_dispute(
            payment_id=payment.pk,
            provider_ref="dp_1",
            money=money,
            status="LOST",
            funds_withdrawn=True,
            evidence_due_at=after(days=7),
            now=NOW,
        )
        return True

    return follow


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside has not been done afterwards."""
    with transaction.atomic():
        point = transaction.savepoint()
        yield
        transaction.savepoint_rollback(point)


def state_hash() -> str:
    """Everything that lasts: payments, refunds, disputes, balances, postings, and what was told to whom."""
    told = OutboxEvent.objects.values_list("event", "handler", "payload")
    whole = {
        "payments": list(
            Payment.objects.order_by("subject_key").values_list(
                "subject_key", "state", "flag", "failure_code", "provider_ref", "settle_ref", "open_key"
            )
        ),
        "refunds": list(Refund.objects.order_by("pk").values_list("pk", "state", "provider_ref", "failure_code")),
        "disputes": list(Dispute.objects.values_list("provider_ref", "status", "funds_withdrawn", "amount_minor")),
        "balances": list(LedgerAccount.objects.order_by("code").values_list("code", "posted", "held")),
        "postings": sorted(LedgerTransaction.objects.values_list("kind", "fingerprint")),
        "told": sorted(json.dumps([name, to, sorted(said)]) for name, to, said in told if name != "billing.EventReceived"),
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def tell(world: World, name: str, key: str, *, follow: bool = True) -> None:
    """One delivery; followed at once, or by the next one that is."""
    body = json.dumps({"id": key, **world.bodies[name]}).encode()
    inbox.receive_event(provider="STRIPE", raw=body, headers=SIGNATURE, path="/webhooks/stripe/", now=after(minutes=5))
    if follow:
        follow_all()


def follow_all() -> None:
    for pk in ProviderEvent.objects.filter(state="RECEIVED").order_by("pk").values_list("pk", flat=True):
        inbox.process_event(event_id=pk, now=after(minutes=5))


def run(world: World, deliveries: Iterable[tuple[str, str, bool]]) -> str:
    """The hash of the house after these deliveries: (what, its id, followed at once)."""
    with undone():
        for name, key, follow in deliveries:
            tell(world, name, key, follow=follow)
        follow_all()
        assert not any(look().values())
        return state_hash()


def reference(world: World) -> str:
    world.ended = world.ended or run(world, [(name, name, True) for name in NAMES])
    return world.ended


def test_every_order_of_five_each_three_times(world: World) -> None:
    hashes = {
        run(world, [(name, name, True) for name in order] * 3)  # the whole order, three times over
        for order in itertools.permutations(NAMES)
    }
    assert hashes == {reference(world)}


def test_each_three_times_in_a_row_with_ids_of_their_own(world: World) -> None:
    """As three events of one thing; every tenth of the orders, since none of these is known before."""
    orders = list(itertools.permutations(NAMES))[::10]
    hashes = {run(world, [(name, f"{name}{time}", True) for name in order for time in range(3)]) for order in orders}
    assert hashes == {reference(world)}


@settings(max_examples=LONG, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.permutations([(name, time) for name in NAMES for time in range(3)]), st.lists(st.booleans(), min_size=15, max_size=15), st.booleans()
)
def test_any_order_of_all_fifteen(world: World, order: list[tuple[str, int]], at_once: list[bool], is_same_id: bool) -> None:
    deliveries = [(name, name if is_same_id else f"{name}{time}", follow) for (name, time), follow in zip(order, at_once, strict=True)]
    assert run(world, deliveries) == reference(world)


def test_the_hash_sees_what_it_must(world: World) -> None:
    """Each of the five matters: without one of them the house is another one."""
    hashes = {run(world, [(name, name, True) for name in NAMES if name != left_out]) for left_out in NAMES}
    assert len(hashes | {reference(world)}) == 6


def test_that_one_state_is_the_right_one(world: World) -> None:
    for name in NAMES:
        tell(world, name, name)
    assert dict(Payment.objects.values_list("subject_key", "state")) == {
        "thing:paid": "SUCCEEDED",
        "thing:failed": "FAILED",
        "thing:late": "SUCCEEDED",
        "thing:before": "SUCCEEDED",
    }
    assert dict(LedgerAccount.objects.values_list("code", "posted")) == {
        "clearing:STRIPE:EUR": 3 * 499 - 200 - 100,
        "revenue:subscription:EUR": 3 * 499 - 200,
        "dispute:STRIPE:EUR": 0,
        "expense:dispute:EUR": 100,
    }
