"""What no statement knows: unknown payments end after two of them, what succeeded is put on the list of ours."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accounts.models import User
from billing.enums import GapEnd, GapKind, PaymentState, Provider
from billing.models import Gap, Payment
from billing.services.reconciliation.absent import ABSENT, fail_absent, list_missing
from billing.services.reconciliation.ending import note_gap
from billing.services.reconciliation.importing import upload_file
from billing.tests.reconciliation.books import DAY, LATER, TEN, balances, bring, file_of, line, make_payment, make_refund

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(days=1)
AFTER = LATER + timedelta(days=1)


def bring_empty(naly: User, hery: User, *days: date, provider: str = Provider.MVOLA) -> None:
    for day in days:
        bring(naly, hery, day=day, provider=provider, now=AFTER)


def state_of(payment: Payment) -> str:
    return Payment.objects.get(pk=payment.pk).state


def test_absent_from_two_consecutive_statements_is_failed(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina)
    bring_empty(naly, hery, DAY)
    assert fail_absent(provider=Provider.MVOLA, now=AFTER) == 0
    assert state_of(payment) == PaymentState.UNKNOWN
    bring_empty(naly, hery, NEXT)
    assert fail_absent(provider=Provider.MVOLA, now=AFTER) == 1
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code, payment.open_key) == (PaymentState.FAILED, ABSENT, None)
    assert fail_absent(provider=Provider.MVOLA, now=AFTER) == 0


@pytest.mark.parametrize("days", [(NEXT,), (DAY - timedelta(days=1), DAY), (NEXT, NEXT + timedelta(days=1))])
def test_two_that_are_not_its_own_prove_nothing(amina: User, naly: User, hery: User, days: tuple[date, ...]) -> None:
    payment = make_payment(amina)
    for day in days:
        bring(naly, hery, day=day, now=AFTER + timedelta(days=2))
    assert fail_absent(provider=Provider.MVOLA, now=AFTER + timedelta(days=2)) == 0
    assert state_of(payment) == PaymentState.UNKNOWN


def test_a_file_that_waits_proves_nothing(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina)
    bring_empty(naly, hery, DAY)
    upload_file(provider=Provider.MVOLA, day=NEXT, data=file_of([]), by=naly, now=AFTER)
    assert fail_absent(provider=Provider.MVOLA, now=AFTER) == 0
    assert state_of(payment) == PaymentState.UNKNOWN


def test_of_another_operator_they_prove_nothing(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina)
    bring_empty(naly, hery, DAY, NEXT, provider=Provider.AIRTEL)
    assert fail_absent(provider=Provider.AIRTEL, now=AFTER) == fail_absent(provider=Provider.MVOLA, now=AFTER) == 0
    assert state_of(payment) == PaymentState.UNKNOWN


def test_while_money_without_owner_may_be_it_nothing_ends(amina: User, naly: User, hery: User) -> None:
    """Two payments of one sum by one telephone and one line: which of them was paid, no rule can tell."""
    payments = [make_payment(amina), make_payment(amina, at=TEN + timedelta(minutes=1))]
    bring(naly, hery, line("MP1"), now=AFTER)
    bring_empty(naly, hery, NEXT)
    assert fail_absent(provider=Provider.MVOLA, now=AFTER) == 0
    assert [state_of(one) for one in payments] == [PaymentState.UNKNOWN] * 2


def test_an_interface_is_asked_instead(amina: User, naly: User) -> None:
    payment = make_payment(amina, provider=Provider.STRIPE, currency="EUR", msisdn="")
    assert fail_absent(provider=Provider.STRIPE, now=AFTER) == 0
    assert state_of(payment) == PaymentState.UNKNOWN


@pytest.mark.parametrize("state", [PaymentState.CREATED, PaymentState.SUBMITTED, PaymentState.SUCCEEDED, PaymentState.FAILED])
def test_other_states_are_left_alone(amina: User, naly: User, hery: User, state: str) -> None:
    payment = make_payment(amina, state=state)
    bring_empty(naly, hery, DAY, NEXT)
    assert fail_absent(provider=Provider.MVOLA, now=AFTER) == 0
    assert state_of(payment) == state


def test_a_late_line_after_the_end_still_credits(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, our_reference="K" * 20)
    bring_empty(naly, hery, DAY, NEXT)
    fail_absent(provider=Provider.MVOLA, now=AFTER)
    third = NEXT + timedelta(days=1)
    bring(naly, hery, line("MP1", ref="K" * 20, at=TEN + timedelta(days=2)), day=third, now=AFTER + timedelta(days=1))
    assert state_of(payment) == PaymentState.SUCCEEDED
    assert balances(f"wallet:{amina.pk}:MGA") == (5000,)


def test_what_succeeded_and_is_on_no_statement_is_ours_only(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, state=PaymentState.SUCCEEDED, settle_ref="MP1")
    found = make_payment(amina, state=PaymentState.SUCCEEDED, settle_ref="MP2")
    refund = make_refund(found, amount=100, provider_ref="MR1")
    bring(naly, hery, line("MP2"), now=AFTER)
    assert list_missing(provider=Provider.MVOLA, now=AFTER) == 0
    bring_empty(naly, hery, NEXT)
    assert list_missing(provider=Provider.MVOLA, now=AFTER) == 2
    gaps = Gap.objects.order_by("pk").values_list("kind", "payment", "refund")
    assert list(gaps) == [(GapKind.OURS_ONLY, payment.pk, None), (GapKind.OURS_ONLY, None, refund.pk)]
    assert list_missing(provider=Provider.MVOLA, now=AFTER) == 0


def test_explained_once_it_does_not_come_back(amina: User, naly: User, hery: User) -> None:
    make_payment(amina, state=PaymentState.SUCCEEDED, settle_ref="MP1")
    bring_empty(naly, hery, DAY, NEXT)
    list_missing(provider=Provider.MVOLA, now=AFTER)
    note_gap(gap=Gap.objects.get(), note="L’opérateur confirme par écrit.", by=naly, now=AFTER)
    assert list_missing(provider=Provider.MVOLA, now=AFTER + timedelta(days=1)) == 0
    assert Gap.objects.get().end == GapEnd.NOTED


def test_found_on_a_later_statement_it_leaves_the_list(amina: User, naly: User, hery: User) -> None:
    make_payment(amina, state=PaymentState.SUCCEEDED, settle_ref="MP1")
    bring_empty(naly, hery, DAY, NEXT)
    list_missing(provider=Provider.MVOLA, now=AFTER)
    bring(naly, hery, line("MP1", at=TEN + timedelta(days=2)), day=NEXT + timedelta(days=1), now=AFTER + timedelta(days=1))
    gap = Gap.objects.get()
    assert (gap.end, gap.open_key) == (GapEnd.MATCHED, None)
