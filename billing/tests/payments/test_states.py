"""The table of states, whole: every pair of states, and who is quicker."""

from __future__ import annotations

import itertools

import pytest

from accounts.models import User
from billing.enums import PaymentState
from billing.models import Payment
from billing.services.payments.states import TABLE, NoSuchMove, move
from billing.tests.payments.factories import NOW, make_payment, reload, story
from core.models import OutboxEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]

C, S, P, U = PaymentState.CREATED, PaymentState.SUBMITTED, PaymentState.PENDING, PaymentState.UNKNOWN
OK, F, E = PaymentState.SUCCEEDED, PaymentState.FAILED, PaymentState.EXPIRED
ALLOWED = {
    *((C, S), (C, E)),
    *((S, P), (S, F), (S, U)),
    *((P, U), (P, OK), (P, F), (P, E)),
    *((U, P), (U, OK), (U, F), (U, E)),
    *((F, OK), (E, OK)),
}


def put(payment: Payment, state: str) -> Payment:
    """In a state, whichever; the table is not asked."""
    Payment.objects.filter(pk=payment.pk).update(state=state)
    return reload(payment)


@pytest.mark.parametrize(("before", "to"), list(itertools.product(PaymentState, PaymentState)))
def test_every_pair(amina: User, before: PaymentState, to: PaymentState) -> None:
    payment = put(make_payment(amina), before)
    if (before, to) in ALLOWED:
        assert move(payment, to, now=NOW)
        assert reload(payment).state == to
    else:
        with pytest.raises(NoSuchMove):
            move(payment, to, now=NOW)
        assert reload(payment).state == before


def test_the_table_is_those_pairs() -> None:
    assert {(before, to) for before, ways in TABLE.items() for to in ways} == ALLOWED


def test_who_comes_second_changes_and_tells_nothing(amina: User) -> None:
    payment = put(make_payment(amina), P)
    first, second = reload(payment), reload(payment)
    OutboxEvent.objects.all().delete()
    assert move(first, F, failure_code="DECLINED", now=NOW)
    assert not move(second, OK, settle_ref="x", now=NOW)
    assert (reload(payment).state, reload(payment).settle_ref) == (F, None)
    assert {row.event for row in OutboxEvent.objects.all()} == {"billing.PaymentFailed"}
    assert story(payment) == ["CREATED", "FAILED"]


@pytest.mark.parametrize(
    ("before", "to", "released", "told"),
    [
        (P, OK, False, ["billing.PaymentSucceeded"]),
        (U, OK, True, ["billing.PaymentSucceededLate"]),
        (F, OK, False, ["billing.PaymentSucceededLate"]),
        (E, OK, False, ["billing.PaymentSucceededLate"]),
        (P, E, False, ["billing.PaymentFailed"]),
        (C, E, False, ["billing.PaymentFailed"]),
        (S, U, False, ["billing.PaymentUnknown"]),
        (U, P, False, []),
        (S, P, False, []),
    ],
)
def test_what_is_told(amina: User, before: PaymentState, to: PaymentState, released: bool, told: list[str]) -> None:
    payment = put(make_payment(amina), before)
    if released:
        payment.open_key = None
    OutboxEvent.objects.all().delete()
    move(payment, to, now=NOW)
    assert sorted({row.event for row in OutboxEvent.objects.all()}) == told


@pytest.mark.parametrize(("before", "to"), sorted(pair for pair in ALLOWED if pair[1] in (OK, F, E)))
def test_an_end_frees_the_subject_and_asks_no_more(amina: User, before: PaymentState, to: PaymentState) -> None:
    payment = put(make_payment(amina), before)
    move(payment, to, now=NOW)
    found = reload(payment)
    assert (found.open_key, found.next_check_at) == (None, None)
