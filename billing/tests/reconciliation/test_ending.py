"""How a person ends an entry of the lists: by a note, a settlement or a refund, each under their name, once."""

from __future__ import annotations

import pytest

from accounts.models import User
from billing.enums import GapEnd, GapKind, MatchRule, PaymentState, Provider, RefundReason, RefundState
from billing.models import Gap, Match, Payment, Refund
from billing.services.reconciliation.comparing import reconcile_statement
from billing.services.reconciliation.ending import (
    NoteMissing,
    NothingToRefund,
    NotTheSame,
    PaymentUnknown,
    StillDiffers,
    note_gap,
    refund_gap,
    settle_gap,
)
from billing.services.reconciliation.gaps import GapOver
from billing.services.refunds import RefundTooLarge
from billing.tests.reconciliation.books import LATER, balances, bring, holds, line, make_payment, suspended
from core.models import AuditEntry
from core.money import Money

pytestmark = pytest.mark.django_db
WHY = "Vu avec l’opérateur au téléphone."


@pytest.fixture
def stray(naly: User, hery: User) -> Gap:
    """5 000 Ar of nobody we know."""
    bring(naly, hery, line("MP1"))
    return Gap.objects.select_related("line", "payment").get()


def test_a_note_ends_it_under_a_name_and_moves_no_money(stray: Gap, naly: User) -> None:
    note_gap(gap=stray, note=f"  {WHY}\n ", by=naly, now=LATER)
    stray.refresh_from_db()
    assert (stray.end, stray.note, stray.ended_by, stray.ended_at, stray.open_key) == (GapEnd.NOTED, WHY, naly, LATER, None)
    assert (holds(), suspended()) == (5000, 5000)
    entry = AuditEntry.objects.order_by("-seq").first()
    assert entry is not None
    assert (entry.action, entry.object_ref, entry.reason, entry.handle) == ("gap.noted", stray.public_id, WHY, naly.username)


@pytest.mark.parametrize("note", ["", "    ", "ok", "\u200b" * 20])
def test_nobody_signs_nothing(stray: Gap, naly: User, note: str) -> None:
    for deed in (note_gap, lambda **kwargs: settle_gap(reference="X" * 20, **kwargs)):
        with pytest.raises(NoteMissing):
            deed(gap=stray, note=note, by=naly, now=LATER)
    assert Gap.objects.get().is_open


def test_it_ends_once(stray: Gap, naly: User, hery: User) -> None:
    note_gap(gap=stray, note=WHY, by=naly, now=LATER)
    with pytest.raises(GapOver):
        note_gap(gap=stray, note="Encore une autre raison.", by=hery, now=LATER)
    stray.refresh_from_db()
    with pytest.raises(GapOver):
        settle_gap(gap=stray, reference="X" * 20, note=WHY, by=hery, now=LATER)
    assert (stray.note, stray.ended_by) == (WHY, naly)


def test_a_person_names_the_payment_and_it_is_credited(amina: User, stray: Gap, naly: User) -> None:
    """The rule saw two candidates, or none; Naly read the operator's letter."""
    payment = make_payment(amina, msisdn="+261340000003", our_reference="L" * 20, state=PaymentState.FAILED)
    settle_gap(gap=stray, reference=" llllllllllllllllllll ", note=WHY, by=naly, now=LATER)
    payment.refresh_from_db()
    assert (payment.state, balances(f"wallet:{amina.pk}:MGA")) == (PaymentState.SUCCEEDED, (5000,))
    assert (holds(), suspended()) == (5000, 0)
    match = Match.objects.get()
    assert (match.payment, match.rule, match.by) == (payment, MatchRule.PERSON, naly)
    stray.refresh_from_db()
    assert (stray.end, stray.note, stray.ended_by) == (GapEnd.SETTLED, WHY, naly)


def test_a_line_settles_only_what_it_pays(amina: User, stray: Gap, naly: User) -> None:
    make_payment(amina, amount=5001, our_reference="M" * 20)
    make_payment(amina, our_reference="N" * 20, provider=Provider.AIRTEL)
    for reference, error in (("M" * 20, NotTheSame), ("N" * 20, PaymentUnknown), ("Z" * 20, PaymentUnknown), ("", PaymentUnknown)):
        with pytest.raises(error):
            settle_gap(gap=stray, reference=reference, note=WHY, by=naly, now=LATER)
    assert Gap.objects.get().is_open
    assert (Match.objects.count(), balances(f"wallet:{amina.pk}:MGA"), suspended()) == (0, (0,), 5000)


def test_a_payment_that_has_its_line_takes_no_second(amina: User, naly: User, hery: User) -> None:
    make_payment(amina, our_reference="P" * 20)
    bring(naly, hery, line("MP1", ref="P" * 20), line("MP2", msisdn=""))
    gap = Gap.objects.get()
    with pytest.raises(NotTheSame):
        settle_gap(gap=gap, reference="P" * 20, note=WHY, by=naly, now=LATER)
    assert balances(f"wallet:{amina.pk}:MGA") == (5000,)


def test_somebody_elses_telephone_does_not_settle_even_by_hand(amina: User, naly: User, hery: User) -> None:
    make_payment(amina, our_reference="Q" * 20, msisdn="+261340000009")
    bring(naly, hery, line("MP1"))
    with pytest.raises(StillDiffers):
        settle_gap(gap=Gap.objects.get(), reference="Q" * 20, note=WHY, by=naly, now=LATER)
    gap = Gap.objects.get()
    assert (gap.is_open, gap.kind, gap.payment) == (True, GapKind.THEIRS_ONLY, None)
    assert (Match.objects.count(), balances(f"wallet:{amina.pk}:MGA"), suspended()) == (0, (0,), 5000)


def test_whoever_was_wrong_may_name_another(amina: User, ben: User, stray: Gap, naly: User) -> None:
    make_payment(amina, our_reference="Q" * 20, msisdn="+261340000009")
    make_payment(ben, our_reference="W" * 20, state=PaymentState.FAILED)
    with pytest.raises(StillDiffers):
        settle_gap(gap=stray, reference="Q" * 20, note=WHY, by=naly, now=LATER)
    settle_gap(gap=stray, reference="W" * 20, note=WHY, by=naly, now=LATER)
    assert (balances(f"wallet:{ben.pk}:MGA", f"wallet:{amina.pk}:MGA"), suspended()) == ((5000, 0), 0)


def test_explained_once_a_line_does_not_come_back(stray: Gap, naly: User) -> None:
    note_gap(gap=stray, note=WHY, by=naly, now=LATER)
    statement = stray.line.statement  # type: ignore[union-attr]
    assert reconcile_statement(statement_id=statement.pk, now=LATER) == 0
    assert Gap.objects.count() == 1


def test_what_differs_is_compared_again(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, state=PaymentState.SUBMITTED, our_reference="R" * 20)
    bring(naly, hery, line("MP1", ref="R" * 20))
    gap = Gap.objects.select_related("line", "payment").get()
    with pytest.raises(StillDiffers):
        settle_gap(gap=gap, reference="", note=WHY, by=naly, now=LATER)
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.UNKNOWN)
    settle_gap(gap=gap, reference="", note=WHY, by=naly, now=LATER)
    gap.refresh_from_db()
    assert (gap.end, gap.ended_by) == (GapEnd.SETTLED, naly)
    assert (balances(f"wallet:{amina.pk}:MGA"), suspended()) == ((5000,), 0)


def test_a_refund_goes_its_own_way_with_its_second_person(amina: User, naly: User, hery: User) -> None:
    payment = make_payment(amina, state=PaymentState.SUCCEEDED, settle_ref="MP1", our_reference="S" * 20)
    bring(naly, hery, line("MP1", 6000))
    gap = Gap.objects.get()
    refund_gap(gap=gap, money=Money(5000, "MGA"), reason=RefundReason.FAULT, note=WHY, by=naly, now=LATER)
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount_minor, refund.state, refund.requested_by) == (payment, 5000, RefundState.REQUESTED, naly)
    gap.refresh_from_db()
    assert (gap.end, gap.note) == (GapEnd.REFUNDED, f"{refund.public_id}: {WHY}")


def test_a_refund_that_is_refused_leaves_the_entry_open(amina: User, naly: User, hery: User) -> None:
    make_payment(amina, state=PaymentState.SUCCEEDED, settle_ref="MP1")
    bring(naly, hery, line("MP1", 6000))
    gap = Gap.objects.get()
    with pytest.raises(RefundTooLarge):
        refund_gap(gap=gap, money=Money(5001, "MGA"), reason=RefundReason.FAULT, note=WHY, by=naly, now=LATER)
    with pytest.raises(NoteMissing):
        refund_gap(gap=gap, money=Money(100, "MGA"), reason=RefundReason.FAULT, note="", by=naly, now=LATER)
    assert (Refund.objects.count(), Gap.objects.get().is_open) == (0, True)


def test_nobodys_money_is_not_refunded_by_us(stray: Gap, naly: User) -> None:
    with pytest.raises(NothingToRefund):
        refund_gap(gap=stray, money=Money(5000, "MGA"), reason=RefundReason.FAULT, note=WHY, by=naly, now=LATER)
