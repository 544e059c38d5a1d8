"""What banks ask back: each step booked once in whatever order it is told, and the team woken in time."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from accounts.models import User
from billing.ledger import look
from billing.models import Dispute, LedgerAccount, LedgerTransaction, Payment
from billing.services.disputes import record_dispute, warn_of_deadlines
from billing.tests.bank import Bank
from billing.tests.payments.factories import NOW, after, is_proven, paid_payment
from core.models import OutboxEvent

pytestmark = pytest.mark.django_db
OPENED = {"status": "OPEN", "funds_withdrawn": False}
TAKEN = {"status": "OPEN", "funds_withdrawn": True}
WON = {"status": "WON", "funds_withdrawn": True}
LOST = {"status": "LOST", "funds_withdrawn": True}


def tell(payment: Payment, how: dict[str, Any], **more: Any) -> Dispute:
    given: dict[str, Any] = {"provider_ref": "dp_1", "money": payment.money, "evidence_due_at": after(days=7), "now": NOW}
    return record_dispute(payment_id=payment.pk, **(given | how | more))


def balances() -> dict[str, int]:
    rows = LedgerAccount.objects.exclude(posted=0).values_list("code", "posted")
    return {code: posted for code, posted in rows if not code.startswith("revenue")}


@pytest.mark.parametrize(
    ("told", "status", "left"),
    [
        ([OPENED], "OPEN", {"clearing:STRIPE:EUR": 499}),
        ([OPENED, TAKEN], "OPEN", {"dispute:STRIPE:EUR": 499}),
        ([OPENED, TAKEN, WON], "WON", {"clearing:STRIPE:EUR": 499}),
        ([OPENED, TAKEN, LOST], "LOST", {"expense:dispute:EUR": 499}),
        ([{"status": "WON", "funds_withdrawn": False}], "WON", {"clearing:STRIPE:EUR": 499}),
        ([{"status": "LOST", "funds_withdrawn": False}], "LOST", {"expense:dispute:EUR": 499}),
    ],
    ids=["opened", "taken", "won", "lost", "won at once", "lost at once"],
)
def test_where_the_money_is(bank: Bank, amina: User, told: list[dict[str, Any]], status: str, left: dict[str, int]) -> None:
    payment = paid_payment(bank, amina)
    for how in told:
        dispute = tell(payment, how)
    assert (dispute.status, balances()) == (status, left)
    assert is_proven()


@pytest.mark.parametrize(
    "order", list(itertools.permutations([OPENED, TAKEN, LOST])), ids=lambda order: "-".join(str(how) for how in order)
)
def test_in_any_order_and_three_times_each(bank: Bank, amina: User, order: tuple[dict[str, Any], ...]) -> None:
    payment = paid_payment(bank, amina)
    for how in order * 3:
        tell(payment, how)
    assert (Dispute.objects.get().status, balances()) == ("LOST", {"expense:dispute:EUR": 499})
    assert LedgerTransaction.objects.filter(kind="DISPUTE").count() == 2
    assert {row.event for row in OutboxEvent.objects.filter(event__startswith="billing.Dispute")} <= {
        "billing.DisputeOpened",
        "billing.DisputeClosed",
    }
    assert not any(look().values())


def test_a_decision_is_not_taken_back(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    tell(payment, WON)
    assert tell(payment, LOST).status == "WON"
    assert balances() == {"clearing:STRIPE:EUR": 499}


def test_nobody_is_punished_for_it(bank: Bank, amina: User) -> None:
    tell(paid_payment(bank, amina), LOST)
    amina.refresh_from_db()
    assert (amina.is_member, amina.silenced) == (True, False)


def test_the_team_is_woken_three_days_before_once(bank: Bank, amina: User, mod: User) -> None:
    tell(paid_payment(bank, amina), OPENED)
    assert warn_of_deadlines(now=after(days=3, hours=23)) == 0
    assert warn_of_deadlines(now=after(days=4)) == 1
    assert warn_of_deadlines(now=after(days=5)) == 0
    assert mod.notifications.get().args == {"what": "DISPUTE_DUE", "ref": "dp_1"}


def test_what_is_over_wakes_nobody(bank: Bank, amina: User, mod: User) -> None:
    payment = paid_payment(bank, amina)
    tell(payment, LOST)
    tell(payment, OPENED, provider_ref="dp_2", evidence_due_at=after(days=1))
    assert warn_of_deadlines(now=after(days=2)) == 0
    assert not mod.notifications.exists()
