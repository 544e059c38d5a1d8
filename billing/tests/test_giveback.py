"""Unspent credit goes back the way it came: on a click for fourteen days, and all of it when an account closes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import GrantSource, RefundReason
from billing.models import PromoGrant, Refund
from billing.queries.topups import list_unspent
from billing.services.giveback import NothingToGiveBack, give_back, give_back_all
from billing.services.promos import give_promo
from billing.services.selflimits import pause_spending
from billing.services.wallet import NotEnough, spend
from billing.tests.purses import NOON, eur, given_of, held_of, lots_of, open_wallets, paid_of, pay_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SOON = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    open_wallets(settings)


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


def buy(user: User, cents: int) -> None:
    spend(payer=user, payee_key="revenue:ads", subject_key="room:a", money=eur(cents), key=f"buy:{cents}", now=SOON)


def test_what_is_unspent_is_kept_aside_at_once(amina: User) -> None:
    payment = pay_in(amina, 20_00)
    buy(amina, 5_00)
    refund = give_back(user=amina, payment_public_id=payment.public_id, now=SOON)
    assert (refund.payment_id, refund.amount_minor, refund.reason, refund.requested_by_id) == (payment.pk, 15_00, "WITHDRAWAL", amina.pk)
    assert (paid_of(amina), held_of(amina)) == (15_00, 15_00)
    with pytest.raises(NotEnough):
        buy(amina, 1)


def test_a_second_click_gives_nothing_more(amina: User) -> None:
    payment = pay_in(amina, 20_00)
    give_back(user=amina, payment_public_id=payment.public_id, now=SOON)
    with pytest.raises(NothingToGiveBack):
        give_back(user=amina, payment_public_id=payment.public_id, now=SOON)
    assert (Refund.objects.count(), held_of(amina)) == (1, 20_00)


def test_spent_credit_counts_for_the_oldest_top_up_first(amina: User) -> None:
    old, new = pay_in(amina, 10_00, at=NOON - 2 * DAY), pay_in(amina, 10_00, at=NOON - DAY)
    buy(amina, 4_00)
    assert [(one.payment.pk, one.money) for one in list_unspent(user=amina, now=SOON)] == [(new.pk, eur(10_00)), (old.pk, eur(6_00))]
    buy(amina, 7_00)
    assert [(one.payment.pk, one.money) for one in list_unspent(user=amina, now=SOON)] == [(new.pk, eur(9_00))]


def test_after_fourteen_days_only_closing_gives_back(amina: User) -> None:
    payment = pay_in(amina, 10_00)
    last = NOON + 14 * DAY
    assert [one.payment.pk for one in list_unspent(user=amina, now=last - timedelta(seconds=1))] == [payment.pk]
    assert list_unspent(user=amina, now=last) == []
    with pytest.raises(NothingToGiveBack):
        give_back(user=amina, payment_public_id=payment.public_id, now=last)
    assert [refund.amount_minor for refund in give_back_all(user_id=amina.pk, now=last)] == [10_00]


def test_carol_gets_nothing_of_aminas(amina: User) -> None:
    payment, carol = pay_in(amina, 10_00), make_user("Carol")
    pay_in(carol, 10_00)
    with pytest.raises(NothingToGiveBack):
        give_back(user=carol, payment_public_id=payment.public_id, now=SOON)
    assert Refund.objects.count() == 0


def test_given_credit_never_becomes_money(amina: User) -> None:
    payment = pay_in(amina, 1_00)
    give_promo(user=amina, money=eur(9_00), source=GrantSource.GOODWILL, key="gift", now=NOON)
    assert give_back(user=amina, payment_public_id=payment.public_id, now=SOON).amount_minor == 1_00
    assert given_of(amina) == 9_00


def test_neither_a_break_nor_a_closed_country_keeps_money_back(amina: User, settings: Any) -> None:
    payment = pay_in(amina, 10_00)
    pause_spending(user=amina, days="30", now=NOON)
    settings.WALLET_ENABLED = []
    assert give_back(user=amina, payment_public_id=payment.public_id, now=SOON).amount_minor == 10_00


def test_closing_sends_all_back_and_ends_what_was_given(amina: User) -> None:
    """Also what was paid long ago; spent credit is taken from the oldest."""
    old, new = pay_in(amina, 10_00, at=NOON - 90 * DAY), pay_in(amina, 10_00, at=NOON - 20 * DAY)
    give_promo(user=amina, money=eur(3_00), source=GrantSource.TIP, key="tip", now=NOON)
    buy(amina, 8_00)
    refunds = give_back_all(user_id=amina.pk, now=SOON)
    assert [(one.payment_id, one.amount_minor, one.reason) for one in refunds] == [
        (new.pk, 10_00, RefundReason.CANCELLATION),
        (old.pk, 5_00, RefundReason.CANCELLATION),
    ]
    assert (paid_of(amina), held_of(amina), given_of(amina), lots_of(amina)) == (15_00, 15_00, 0, 0)
    assert give_back_all(user_id=amina.pk, now=SOON) == []
    assert not PromoGrant.objects.filter(left_minor__gt=0).exists()


def test_closing_an_account_without_a_wallet_is_no_fault() -> None:
    assert give_back_all(user_id=make_user("Ben").pk, now=SOON) == []
