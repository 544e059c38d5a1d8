"""Days of an operator drawn by chance: whatever was lost, doubled, late or strange, some things always hold.

The operator's book is the truth of each scene. Ours knows a part of it, and learns the rest from the statement.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import GapKind, LineKind, PaymentState
from billing.models import Gap, LedgerEntry, LedgerTransaction, Match, Payment, Statement
from billing.services.reconciliation.absent import fail_absent, list_missing
from billing.services.reconciliation.comparing import reconcile_statement
from billing.tests.reconciliation.books import DAY, LATER, TEN, balances, bring, holds, line, make_payment, suspended

pytestmark = pytest.mark.django_db
AFTER = LATER + timedelta(days=1)
STATES = (
    PaymentState.UNKNOWN,
    PaymentState.UNKNOWN,
    PaymentState.PENDING,
    PaymentState.FAILED,
    PaymentState.EXPIRED,
    PaymentState.SUCCEEDED,
)


class Scene:
    """A day: payments of ours in some state, and the lines of the operator about them and about others."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.people = [make_user(name) for name in ("Amina", "Ben", "Carol", "Dina")]
        self.lines: list[str] = []
        self.paid: Counter[int] = Counter()  # by payer: what the operator took for us, once a payment
        for number in range(12):
            self._add(number)
        for number in range(3):
            self.lines.append(line(f"STRAY{number}", self.chance.randrange(1, 900), msisdn=""))

    def _add(self, number: int) -> None:
        chance, payer = self.chance, self.chance.choice(self.people)
        at = TEN + timedelta(minutes=61 * number)  # far enough apart for the rule of half an hour
        amount, state = chance.randrange(100, 9000), chance.choice(STATES)
        name = f"MP{number}"
        fields = {"settle_ref": name} if state == PaymentState.SUCCEEDED else {}
        payment = make_payment(payer, state=state, amount=amount, at=at, our_reference=f"REF{number:017d}", **fields)
        if state != PaymentState.SUCCEEDED and chance.random() < 0.3:
            return  # never paid
        self.paid[payer.pk] += amount
        reference = payment.our_reference if chance.random() < 0.5 or state in (PaymentState.FAILED, PaymentState.EXPIRED) else ""
        self.lines.append(line(name, amount, at=at + timedelta(minutes=chance.randrange(20)), ref=reference, fee=chance.randrange(50)))
        if chance.random() < 0.15:  # booked twice by them
            self.lines.append(line(f"{name}B", amount, at=at, ref=payment.our_reference, msisdn=""))

    def wallets(self) -> dict[int, int]:
        return {user.pk: balances(f"wallet:{user.pk}:MGA")[0] for user in self.people}


def picture() -> tuple[object, ...]:
    """Everything that a comparison writes."""
    return (
        sorted(Payment.objects.values_list("our_reference", "state", "settle_ref")),
        sorted(LedgerTransaction.objects.values_list("kind", "fingerprint")),
        sorted(Match.objects.values_list("line__provider_ref", "payment__our_reference", "rule")),
        sorted(Gap.objects.values_list("kind", "line__provider_ref", "end")),
    )


seeds = pytest.mark.parametrize("seed", range(12))


@seeds
def test_who_paid_is_credited_once_and_nobody_else(naly: User, hery: User, seed: int) -> None:
    scene = Scene(seed)
    bring(naly, hery, *scene.lines)
    assert scene.wallets() == {user.pk: scene.paid[user.pk] for user in scene.people}


@seeds
def test_clearing_is_the_operators_book_and_suspense_is_what_is_on_the_lists(naly: User, hery: User, seed: int) -> None:
    statement = bring(naly, hery, *Scene(seed).lines)
    assert holds() == sum(one.amount_minor - one.fee_minor for one in statement.lines.all())
    unexplained = Gap.objects.filter(open_key__isnull=False).exclude(kind=GapKind.OURS_ONLY).select_related("line")
    assert suspended() == sum(gap.line.amount_minor for gap in unexplained if gap.line)
    assert sum(LedgerEntry.objects.values_list("amount", flat=True)) == 0


@seeds
def test_every_line_has_its_place(naly: User, hery: User, seed: int) -> None:
    statement = bring(naly, hery, *Scene(seed).lines)
    for one in statement.lines.filter(kind=LineKind.PAYMENT):
        assert Match.objects.filter(line=one).exists() != Gap.objects.filter(line=one).exists()
    matched = Match.objects.filter(payment__isnull=False).values_list("payment", flat=True)
    assert len(matched) == len(set(matched))


@seeds
def test_the_order_of_the_lines_and_how_often_they_are_compared_change_nothing(naly: User, hery: User, seed: int) -> None:
    scene = Scene(seed)
    shuffled = list(scene.lines)
    random.Random(seed).shuffle(shuffled)
    statement = bring(naly, hery, *shuffled)
    first = picture()
    for _again in range(2):
        reconcile_statement(statement_id=statement.pk, now=AFTER)
    assert picture() == first
    assert scene.wallets() == {user.pk: scene.paid[user.pk] for user in scene.people}


@seeds
def test_after_two_statements_nothing_is_open(naly: User, hery: User, seed: int) -> None:
    """Not one payment is left without an end, and none that was paid has ended as failed."""
    scene = Scene(seed)
    bring(naly, hery, *scene.lines, now=AFTER)
    bring(naly, hery, day=DAY + timedelta(days=1), now=AFTER)
    fail_absent(provider="MVOLA", now=AFTER)
    list_missing(provider="MVOLA", now=AFTER)
    assert set(Payment.objects.values_list("state", flat=True)) <= {PaymentState.SUCCEEDED, PaymentState.FAILED, PaymentState.EXPIRED}
    assert scene.wallets() == {user.pk: scene.paid[user.pk] for user in scene.people}
    assert Statement.objects.filter(matched_at=None).count() == 0
    assert Gap.objects.filter(kind=GapKind.OURS_ONLY).count() == 0
