"""Putting money in: written down first, within the limits, payable by its owner alone and once."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import PaymentState
from billing.models import LedgerTransaction, Payment, TopUp
from billing.queries.payable import NotPayable
from billing.queries.payables import get_payable
from billing.services.selflimits import MonthlyLimit, WalletFull
from billing.services.topups import start_top_up
from billing.services.wallet import spend
from billing.services.wallets import AdultsOnly, BadAmount, FormReused, OtherCurrency, WalletClosed
from billing.tests.purses import NOON, eur, open_wallets, pay_in, plain
from core.money import Money

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    open_wallets(settings)


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


def write_down(user: User, cents: int, *, now: Any = NOON, key: uuid.UUID | None = None) -> TopUp:
    return start_top_up(user=user, money=eur(cents), client_key=key or uuid.uuid4(), now=now)


def begin(order: TopUp, state: PaymentState, *, now: Any = NOON) -> Payment:
    """What choosing a way to pay makes of it."""
    return Payment.objects.create(
        payer=order.user,
        purpose="WALLET_TOPUP",
        subject_key=order.subject_key,
        amount_minor=order.amount_minor,
        currency=order.currency,
        provider="STRIPE",
        state=state,
        client_key=uuid.uuid4(),
        created_at=now,
        expires_at=now + DAY,
        settled_at=now if state == PaymentState.SUCCEEDED else None,
    )


def test_nothing_is_credited_by_writing_it_down(amina: User) -> None:
    order = write_down(amina, 20_00)
    assert (order.money, order.expires_at) == (eur(20_00), NOON + 15 * MINUTE)
    assert (Payment.objects.count(), LedgerTransaction.objects.count()) == (0, 0)


def test_it_is_payable_by_its_owner(amina: User) -> None:
    order = write_down(amina, 20_00)
    payable = get_payable(user=amina, kind="topup", ref=order.public_id, now=NOON + MINUTE)
    assert (payable.purpose, payable.subject_key, payable.money) == ("WALLET_TOPUP", f"topup:{order.public_id}", eur(20_00))
    assert (payable.back, payable.done) == ("/money/wallet/topup/", "/money/wallet/")


def test_carol_pays_nothing_of_aminas(amina: User) -> None:
    order = write_down(amina, 20_00)
    with pytest.raises(NotPayable):
        get_payable(user=make_user("Carol"), kind="topup", ref=order.public_id, now=NOON)


@pytest.mark.parametrize("ref", ["", "x", "'; --", "a" * 20, "../wallet"])
def test_an_unknown_name_is_not_payable(amina: User, ref: str) -> None:
    write_down(amina, 20_00)
    with pytest.raises(NotPayable):
        get_payable(user=amina, kind="topup", ref=ref, now=NOON)


def test_it_is_payable_for_a_quarter_of_an_hour_and_once(amina: User) -> None:
    order = write_down(amina, 20_00)
    with pytest.raises(NotPayable):
        get_payable(user=amina, kind="topup", ref=order.public_id, now=NOON + 15 * MINUTE)
    failed = begin(order, PaymentState.FAILED)
    assert get_payable(user=amina, kind="topup", ref=order.public_id, now=NOON + 14 * MINUTE).money == eur(20_00)
    Payment.objects.filter(pk=failed.pk).update(state=PaymentState.SUCCEEDED)
    with pytest.raises(NotPayable):
        get_payable(user=amina, kind="topup", ref=order.public_id, now=NOON + 14 * MINUTE)


def test_the_same_form_is_the_first_top_up(amina: User) -> None:
    key = uuid.uuid4()
    assert write_down(amina, 150_00, key=key).pk == write_down(amina, 150_00, key=key).pk
    with pytest.raises(FormReused):
        write_down(amina, 1_00, key=key)
    assert TopUp.objects.count() == 1


@pytest.mark.parametrize(("money", "error"), [(eur(0), BadAmount), (eur(-1), BadAmount), (Money(5000, "MGA"), OtherCurrency)])
def test_a_forged_sum_is_refused(amina: User, money: Money, error: type[Exception]) -> None:
    with pytest.raises(error):
        start_top_up(user=amina, money=money, client_key=uuid.uuid4(), now=NOON)
    assert TopUp.objects.count() == 0


def test_adults_where_wallets_are_open(amina: User, settings: Any) -> None:
    with pytest.raises(AdultsOnly):
        write_down(make_user("Rado", age_method=None), 5_00)
    settings.WALLET_ENABLED = ["EU", "MG"]
    with pytest.raises(WalletClosed):
        write_down(amina, 5_00)


def test_in_madagascar_it_is_ariary(settings: Any) -> None:
    settings.WALLET_ENABLED = ["MG"]
    toky = make_user("Toky", country="MG")
    User.objects.filter(pk=toky.pk).update(jurisdiction="MG")
    toky = User.objects.get(pk=toky.pk)
    order = start_top_up(user=toky, money=Money(750_000, "MGA"), client_key=uuid.uuid4(), now=NOON)
    assert order.money == Money(750_000, "MGA")
    with pytest.raises(WalletFull):
        start_top_up(user=toky, money=Money(1, "MGA"), client_key=uuid.uuid4(), now=NOON)


def test_a_wallet_holds_150_euros_with_what_is_on_its_way(amina: User) -> None:
    pay_in(amina, 100_00, at=NOON - 40 * DAY)
    write_down(amina, 30_00)
    with pytest.raises(WalletFull) as refusal:
        write_down(amina, 20_01, now=NOON + MINUTE)
    assert plain(refusal.value.words) == "Un porte-monnaie contient 150,00 € au plus ; vous pouvez encore ajouter 20,00 €."
    write_down(amina, 20_00, now=NOON + MINUTE)


def test_150_euros_in_thirty_days_also_when_they_were_spent(amina: User) -> None:
    pay_in(amina, 150_00, at=NOON - 29 * DAY)
    spend(payer=amina, payee_key="revenue:ads", subject_key="room:a", money=eur(20_00), key="a", now=NOON)
    with pytest.raises(MonthlyLimit) as refusal:
        write_down(amina, 1)
    assert plain(refusal.value.words) == "Au plus 150,00 € de rechargements en 30 jours ; vous pouvez encore ajouter 0,00 €."
    assert write_down(amina, 20_00, now=NOON + DAY + 2 * MINUTE).amount_minor == 20_00


@pytest.mark.parametrize("state", [PaymentState.CREATED, PaymentState.SUBMITTED, PaymentState.PENDING, PaymentState.UNKNOWN])
def test_what_is_being_paid_counts_for_as_long_as_it_may_succeed(amina: User, state: PaymentState) -> None:
    """Above all UNKNOWN: nobody tops up a second time beside it."""
    begin(write_down(amina, 150_00), state)
    for now in (NOON + MINUTE, NOON + 20 * DAY):
        with pytest.raises(WalletFull):
            write_down(amina, 1, now=now)


@pytest.mark.parametrize("state", [PaymentState.FAILED, PaymentState.EXPIRED])
def test_what_was_given_up_counts_no_more(amina: User, state: PaymentState) -> None:
    begin(write_down(amina, 150_00), state)
    with pytest.raises(WalletFull):  # it may still be paid by another way
        write_down(amina, 1, now=NOON + 14 * MINUTE)
    assert write_down(amina, 150_00, now=NOON + 16 * MINUTE).amount_minor == 150_00


def test_what_nobody_paid_counts_no_more_after_its_time(amina: User) -> None:
    write_down(amina, 150_00)
    with pytest.raises(WalletFull):
        write_down(amina, 1, now=NOON + 15 * MINUTE + timedelta(seconds=59))
    write_down(amina, 150_00, now=NOON + 16 * MINUTE)


def test_one_persons_top_ups_are_not_anothers(amina: User) -> None:
    write_down(amina, 150_00)
    assert write_down(make_user("Ben"), 150_00).amount_minor == 150_00
