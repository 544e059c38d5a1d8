"""A statement beside our books: what agrees is matched and settled once, what does not is kept aside and put on a list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from billing.enums import GapEnd, GapKind, LineKind, MatchRule, PaymentState, Provider, RefundState
from billing.ledger import place_hold
from billing.models import Gap, LedgerEntry, LedgerTransaction, Match, Payment
from billing.providers.base import ProviderState
from billing.services.payments import settle_as_found
from billing.services.reconciliation.comparing import reconcile_statement
from billing.tests.reconciliation.books import LATER, TEN, balances, bring, holds, line, make_payment, make_refund, suspended
from billing.tests.team import Notification
from core.money import Money

pytestmark = pytest.mark.django_db


def gap_of(**about: object) -> tuple[str, list[str]]:
    gap = Gap.objects.get(**about)
    return gap.kind, gap.differences


def wallet(user: User) -> int:
    return balances(f"wallet:{user.pk}:MGA")[0]


def test_a_lost_reply_is_found_by_sum_telephone_and_time(amina: User, naly: User, hery: User) -> None:
    """MVola told us nothing, and can be asked nothing: the statement alone says that Amina has paid."""
    payment = make_payment(amina)
    bring(naly, hery, line("MP1", fee=75, at=TEN + timedelta(minutes=29)))
    payment.refresh_from_db()
    assert (payment.state, payment.settle_ref) == (PaymentState.SUCCEEDED, "MP1")
    match = Match.objects.get()
    assert (match.payment, match.rule, match.by) == (payment, MatchRule.CANDIDATE, None)
    assert (wallet(amina), holds(), suspended(), balances("fees:MVOLA:MGA")) == (5000, 4925, 0, (75,))
    assert Gap.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"at": TEN + timedelta(minutes=31)},
        {"at": TEN - timedelta(minutes=31)},
        {"msisdn": "0340000004"},
        {"msisdn": ""},
        {"amount": 5001},
    ],
)
def test_nothing_less_than_all_three_will_do(amina: User, naly: User, hery: User, change: dict[str, object]) -> None:
    payment = make_payment(amina)
    bring(naly, hery, line("MP1", **{"amount": 5000, **change}))  # type: ignore[arg-type]
    payment.refresh_from_db()
    assert (payment.state, wallet(amina)) == (PaymentState.UNKNOWN, 0)
    assert gap_of() == (GapKind.THEIRS_ONLY, [])
    assert suspended() == holds() == int(str(change.get("amount", 5000)))


def test_two_that_might_be_meant_are_left_to_a_person(amina: User, naly: User, hery: User) -> None:
    payments = [make_payment(amina), make_payment(amina, at=TEN + timedelta(minutes=2))]
    bring(naly, hery, line("MP1"))
    assert [Payment.objects.get(pk=one.pk).state for one in payments] == [PaymentState.UNKNOWN] * 2
    assert gap_of() == (GapKind.THEIRS_ONLY, [])


def test_what_was_given_up_is_meant_only_where_nothing_else_is(amina: User, naly: User, hery: User) -> None:
    """Refused, tried again two minutes later, and the second reply was lost."""
    refused = make_payment(amina, state=PaymentState.FAILED)
    second = make_payment(amina, at=TEN + timedelta(minutes=2))
    bring(naly, hery, line("MP1", at=TEN + timedelta(minutes=3)))
    assert Match.objects.get().payment == second
    refused.refresh_from_db()
    assert (refused.state, wallet(amina)) == (PaymentState.FAILED, 5000)


def test_a_payment_that_has_its_line_is_no_candidate_any_more(amina: User, naly: User, hery: User) -> None:
    make_payment(amina, our_reference="A" * 20)
    second = make_payment(amina, at=TEN + timedelta(minutes=2))
    bring(naly, hery, line("MP1", ref="A" * 20), line("MP2", at=TEN + timedelta(minutes=2)))
    assert list(Match.objects.order_by("pk").values_list("rule", flat=True)) == [MatchRule.OUR_REF, MatchRule.CANDIDATE]
    assert Match.objects.get(rule=MatchRule.CANDIDATE).payment == second
    assert (wallet(amina), holds(), suspended()) == (10000, 10000, 0)


@pytest.mark.parametrize("name", [{"settle_ref": "MP1"}, {"provider_ref": "MP1"}])
def test_the_providers_name_of_it_comes_first(amina: User, naly: User, hery: User, name: dict[str, Any]) -> None:
    payment = make_payment(amina, state=PaymentState.SUCCEEDED, **name)
    decoy = make_payment(amina, our_reference="B" * 20)
    bring(naly, hery, line("MP1", ref="B" * 20))
    match = Match.objects.get()
    assert (match.payment, match.rule) == (payment, MatchRule.PROVIDER_REF)
    decoy.refresh_from_db()
    assert decoy.state == PaymentState.UNKNOWN


@pytest.mark.parametrize("state", [PaymentState.FAILED, PaymentState.EXPIRED, PaymentState.PENDING])
def test_a_late_success_is_credited(amina: User, naly: User, hery: User, state: str) -> None:
    payment = make_payment(amina, state=state, our_reference="C" * 20)
    bring(naly, hery, line("MP1", ref="C" * 20))
    payment.refresh_from_db()
    assert (payment.state, wallet(amina)) == (PaymentState.SUCCEEDED, 5000)


def test_another_sum_is_never_credited(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, our_reference="D" * 20)
    bring(naly, hery, line("MP1", 4999, ref="D" * 20))
    payment.refresh_from_db()
    assert (payment.state, wallet(amina)) == (PaymentState.UNKNOWN, 0)
    assert gap_of(payment=payment) == (GapKind.DIFFERENT, ["AMOUNT"])
    assert holds() == suspended() == 4999


def test_of_what_was_credited_the_difference_alone_is_kept_aside(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, state=PaymentState.SUCCEEDED, settle_ref="MP1")
    bring(naly, hery, line("MP1", 4000))
    assert gap_of(payment=payment) == (GapKind.DIFFERENT, ["AMOUNT"])
    assert (wallet(amina), holds(), suspended()) == (5000, 4000, -1000)


def test_what_they_booked_twice_is_credited_once(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, our_reference="E" * 20)
    bring(naly, hery, line("MP1", ref="E" * 20), line("MP2", ref="E" * 20))
    assert (wallet(amina), holds(), suspended()) == (5000, 10000, 5000)
    assert gap_of(line__provider_ref="MP2") == (GapKind.DIFFERENT, ["TWICE"])
    assert Match.objects.get().payment == payment


def test_somebody_elses_telephone_is_flagged_and_not_credited(amina: User, naly: User, hery: User) -> None:
    """The reference is ours, and another telephone has paid: the settlement itself refuses."""
    payment = make_payment(amina, our_reference="F" * 20)
    bring(naly, hery, line("MP1", ref="F" * 20, msisdn="0340000009"))
    payment.refresh_from_db()
    assert (payment.state, payment.flag, wallet(amina)) == (PaymentState.UNKNOWN, "PAYER", 0)
    assert gap_of(payment=payment) == (GapKind.DIFFERENT, ["STATE"])
    assert suspended() == 5000


def test_nobodys_money_is_kept_aside_and_the_team_is_woken_once(naly: User, hery: User) -> None:
    statement = bring(naly, hery, line("MP1", 700), line("MP2", 800))
    assert gap_of(line__provider_ref="MP1") == (GapKind.THEIRS_ONLY, [])
    assert (holds(), suspended()) == (1500, 1500)
    assert reconcile_statement(statement_id=statement.pk, now=LATER) == 0
    told = Notification.objects.filter(kind="MONEY_ALARM", args__what="STATEMENT_GAPS")
    assert sorted(told.values_list("user__username", flat=True)) == sorted([naly.username, hery.username])


def test_refunds_fees_and_payouts_are_booked(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, state=PaymentState.SUCCEEDED, settle_ref="MP1")
    refund = make_refund(payment, amount=2000, provider_ref="MR1")
    bring(
        naly,
        hery,
        line("MP1", fee=75),
        line("MR1", 2000, kind="REFUND"),
        line("MF1", 10, kind="FEE"),
        line("MO1", 2900, kind="PAYOUT", fee=5),
    )
    assert Match.objects.get(line__kind=LineKind.REFUND).refund == refund
    assert (holds(), suspended(), balances("bank:main:MGA", "fees:MVOLA:MGA")) == (5000 - 75 - 2000 - 10 - 2900 - 5, 0, (2900, 90))
    assert Gap.objects.count() == 0


def test_a_refund_may_be_named_by_its_payment(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, state=PaymentState.SUCCEEDED, provider=Provider.AIRTEL, settle_ref="AM1")
    refund = make_refund(payment, amount=5000)
    bring(naly, hery, line("AM1"), line("AM1", 5000, kind="REFUND"), provider=Provider.AIRTEL)
    assert Match.objects.get(line__kind=LineKind.REFUND).refund == refund
    assert balances("clearing:AIRTEL:MGA", "suspense:AIRTEL:MGA") == (0, 0)


@pytest.mark.parametrize("state", [RefundState.UNKNOWN, RefundState.PENDING])
def test_the_statement_proves_a_refund_too(amina: User, naly: User, hery: User, state: str) -> None:
    """Airtel never says of a refund that it did not happen; its file says that it did."""
    payment = make_payment(amina, state=PaymentState.SUCCEEDED, provider=Provider.AIRTEL, settle_ref="AM1")
    refund = make_refund(payment, amount=5000, state=state)
    place_hold(
        key=f"refund:{refund.pk}:hold", code=f"wallet:{amina.pk}:MGA", money=refund.money, expires_at=LATER + timedelta(days=9), now=TEN
    )
    bring(naly, hery, line("AM1"), line("AM1", 5000, kind="REFUND"), provider=Provider.AIRTEL)
    refund.refresh_from_db()
    assert (refund.state, wallet(amina), Gap.objects.count()) == (RefundState.SUCCEEDED, 0, 0)
    assert balances("clearing:AIRTEL:MGA", "suspense:AIRTEL:MGA") == (0, 0)


def test_money_that_left_without_a_refund_of_ours_is_theirs_only(naly: User, hery: User) -> None:
    bring(naly, hery, line("MR1", 2000, kind="REFUND"))
    assert gap_of() == (GapKind.THEIRS_ONLY, [])
    assert (holds(), suspended()) == (-2000, -2000)


def test_a_refund_that_failed_with_us_and_left_with_them_differs(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, state=PaymentState.SUCCEEDED, settle_ref="MP1")
    refund = make_refund(payment, amount=2000, state=RefundState.FAILED, provider_ref="MR1")
    bring(naly, hery, line("MP1"), line("MR1", 2000, kind="REFUND"))
    assert gap_of(refund=refund) == (GapKind.DIFFERENT, ["STATE"])
    assert (holds(), suspended()) == (3000, -2000)


def test_compared_again_nothing_is_booked_twice(amina: User, naly: User, hery: User) -> None:
    make_payment(amina)
    statement = bring(naly, hery, line("MP1", fee=75), line("MP2", 300), line("MO1", 100, kind="PAYOUT"))
    before = (LedgerTransaction.objects.count(), LedgerEntry.objects.count(), Match.objects.count(), Gap.objects.count())
    for _again in range(3):
        assert reconcile_statement(statement_id=statement.pk, now=LATER) == 0
    assert (LedgerTransaction.objects.count(), LedgerEntry.objects.count(), Match.objects.count(), Gap.objects.count()) == before


def test_what_our_books_learn_later_ends_the_difference(amina: User, naly: User, hery: User) -> None:
    """Sent, not answered, and already on the statement: the line waits until the janitor knows of the payment too."""
    payment = make_payment(amina, state=PaymentState.SUBMITTED, our_reference="G" * 20)
    statement = bring(naly, hery, line("MP1", ref="G" * 20))
    assert gap_of(payment=payment) == (GapKind.DIFFERENT, ["STATE"])
    assert suspended() == 5000
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.UNKNOWN)
    reconcile_statement(statement_id=statement.pk, now=LATER)
    payment.refresh_from_db()
    assert (payment.state, wallet(amina), holds(), suspended()) == (PaymentState.SUCCEEDED, 5000, 5000, 0)
    gap = Gap.objects.get()
    assert (gap.end, gap.ended_by, gap.open_key) == (GapEnd.MATCHED, None, None)


def test_settled_by_the_callback_and_by_the_statement_it_is_booked_once(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, our_reference="H" * 20)
    found = ProviderState("SUCCEEDED", settle_ref="MP1", money=Money(5000, "MGA"))
    settle_as_found(payment_id=payment.pk, found=found, now=TEN + timedelta(minutes=1))
    bring(naly, hery, line("MP1", ref="H" * 20))
    assert LedgerTransaction.objects.filter(key=f"payment:{payment.pk}:settle").count() == 1
    assert (wallet(amina), holds(), suspended()) == (5000, 5000, 0)


def test_clearing_tells_what_the_operator_holds(amina: User, ben: User, naly: User, hery: User) -> None:
    """Whatever happened, after the statement our account of the operator has what its lines sum up to."""
    make_payment(amina)
    make_payment(ben, state=PaymentState.SUCCEEDED, settle_ref="MP2", amount=800)
    make_payment(ben, our_reference="J" * 20, amount=900)
    lines = [
        line("MP1", fee=75),
        line("MP2", 750, fee=5),
        line("MP3", 901, ref="J" * 20),
        line("MP4", 42),
        line("MR5", 300, kind="REFUND"),
        line("MO6", 1000, kind="PAYOUT"),
    ]
    statement = bring(naly, hery, *lines)
    assert holds() == sum(one.amount_minor - one.fee_minor for one in statement.lines.all())
    sums = LedgerEntry.objects.values_list("amount", flat=True)
    assert sum(sums) == 0
