"""The limits of a wallet: the house's, one's own, breaks, and cooling off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.models import Wallet
from billing.services.selflimits import (
    BadPause,
    CoolingOff,
    DailyLimit,
    LimitTooHigh,
    SpendingPaused,
    TipsADay,
    TipTooLarge,
    pause_spending,
    set_daily_limit,
)
from billing.services.wallet import return_spend, spend
from billing.services.wallets import AdultsOnly, BadAmount, OtherCurrency, WalletClosed
from billing.tests.purses import NOON, eur, open_wallets, paid_of, pay_in, plain
from core.money import Money

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
QUARTER = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    open_wallets(settings)


@pytest.fixture
def amina() -> User:
    user = make_user("Amina")
    pay_in(user, 100_00)
    return user


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


def buy(user: User, cents: int, at: datetime) -> None:
    spend(payer=user, payee_key="revenue:ads", subject_key="room:a", money=eur(cents), key=f"buy:{at:%d%H%M%S}:{cents}", now=at)


def thank(user: User, owner: User, cents: int, at: datetime) -> None:
    key = f"tip:{at:%d%H%M%S}:{cents}"
    spend(payer=user, payee_key=f"promo:{owner.pk}", subject_key="room:a", money=eur(cents), key=key, now=at)


def test_twenty_euros_in_24_hours_unless_one_says_otherwise(amina: User) -> None:
    buy(amina, 15_00, NOON)
    with pytest.raises(DailyLimit) as refusal:
        buy(amina, 5_01, NOON + QUARTER)
    assert plain(refusal.value.words) == "Votre plafond est de 20,00 € en 24 heures ; il vous reste 5,00 €."
    buy(amina, 5_00, NOON + QUARTER)
    with pytest.raises(DailyLimit):
        buy(amina, 1, NOON + DAY - timedelta(seconds=1))
    buy(amina, 15_00, NOON + DAY)
    assert paid_of(amina) == 65_00


def test_thank_yous_count_too(amina: User, ben: User) -> None:
    buy(amina, 18_00, NOON)
    with pytest.raises(DailyLimit):
        thank(amina, ben, 2_01, NOON + QUARTER)


def test_what_came_back_makes_no_room(amina: User) -> None:
    """Else a boost that is refunded again and again would pass any limit."""
    spend(payer=amina, payee_key="revenue:ads", subject_key="room:a", money=eur(20_00), key="boost:a", now=NOON)
    return_spend(key="boost:a", now=NOON + QUARTER)
    with pytest.raises(DailyLimit):
        buy(amina, 1, NOON + QUARTER)


def test_a_lower_limit_holds_at_once(amina: User) -> None:
    set_daily_limit(user=amina, money=eur(5_00), now=NOON)
    with pytest.raises(DailyLimit):
        buy(amina, 5_01, NOON)
    buy(amina, 5_00, NOON)


def test_a_higher_limit_holds_after_a_day(amina: User) -> None:
    changed = set_daily_limit(user=amina, money=eur(50_00), now=NOON)
    assert (changed.next_limit_minor, changed.next_limit_at) == (50_00, NOON + DAY)
    with pytest.raises(DailyLimit):
        buy(amina, 20_01, NOON + DAY - timedelta(seconds=1))
    buy(amina, 50_00, NOON + DAY)
    with pytest.raises(DailyLimit):
        buy(amina, 1, NOON + DAY + QUARTER)


def test_a_raise_asked_for_again_waits_anew(amina: User) -> None:
    set_daily_limit(user=amina, money=eur(50_00), now=NOON)
    set_daily_limit(user=amina, money=eur(60_00), now=NOON + timedelta(hours=23))
    with pytest.raises(DailyLimit):
        buy(amina, 20_01, NOON + DAY)
    buy(amina, 60_00, NOON + timedelta(hours=47))


def test_lowering_takes_a_raise_back(amina: User) -> None:
    set_daily_limit(user=amina, money=eur(50_00), now=NOON)
    set_daily_limit(user=amina, money=eur(10_00), now=NOON + QUARTER)
    with pytest.raises(DailyLimit):
        buy(amina, 10_01, NOON + DAY * 2)


def test_a_raise_that_holds_is_the_ground_for_the_next(amina: User) -> None:
    set_daily_limit(user=amina, money=eur(50_00), now=NOON)
    later = NOON + DAY * 2
    set_daily_limit(user=amina, money=eur(40_00), now=later)  # lower than what holds now: at once
    with pytest.raises(DailyLimit):
        buy(amina, 40_01, later)
    buy(amina, 40_00, later)


def test_no_limit_above_what_a_wallet_holds(amina: User) -> None:
    with pytest.raises(LimitTooHigh):
        set_daily_limit(user=amina, money=eur(150_01), now=NOON)
    assert set_daily_limit(user=amina, money=eur(150_00), now=NOON).next_limit_minor == 150_00


@pytest.mark.parametrize(("money", "error"), [(eur(0), BadAmount), (eur(-5), BadAmount), (Money(5, "MGA"), OtherCurrency)])
def test_a_limit_of_nothing_is_none(amina: User, money: Money, error: type[Exception]) -> None:
    with pytest.raises(error):
        set_daily_limit(user=amina, money=money, now=NOON)


def test_limits_are_for_those_who_have_a_wallet(settings: Any) -> None:
    young = make_user("Rado", age_method=None)
    with pytest.raises(AdultsOnly):
        set_daily_limit(user=young, money=eur(5_00), now=NOON)
    settings.WALLET_ENABLED = []
    with pytest.raises(WalletClosed):
        set_daily_limit(user=make_user("Ben"), money=eur(5_00), now=NOON)


@pytest.mark.parametrize(("days", "lasts"), [("1", timedelta(days=1)), ("7", timedelta(days=7)), ("30", timedelta(days=30))])
def test_a_break_holds_to_its_last_second(amina: User, days: str, lasts: timedelta) -> None:
    pause_spending(user=amina, days=days, now=NOON)
    with pytest.raises(SpendingPaused):
        buy(amina, 1, NOON + lasts - timedelta(seconds=1))
    buy(amina, 1, NOON + lasts)


def test_a_break_is_never_made_shorter(amina: User) -> None:
    pause_spending(user=amina, days="7", now=NOON)
    assert pause_spending(user=amina, days="1", now=NOON).paused_until == NOON + timedelta(days=7)
    assert pause_spending(user=amina, days="30", now=NOON).paused_until == NOON + timedelta(days=30)


@pytest.mark.parametrize("days", ["", "0", "-1", "2", "1000", "x", "7 "])
def test_a_break_of_another_length_does_not_exist(amina: User, days: str) -> None:
    with pytest.raises(BadPause):
        pause_spending(user=amina, days=days, now=NOON)
    assert not Wallet.objects.filter(paused_until__isnull=False).exists()


def test_a_break_can_be_taken_without_proof_of_age() -> None:
    """Whoever wants to stop is never asked for a paper first."""
    young = make_user("Rado", age_method=None)
    assert pause_spending(user=young, days="1", now=NOON).paused_until == NOON + timedelta(days=1)


def test_three_in_an_hour_and_the_fourth_waits_ten_minutes(amina: User) -> None:
    for minute in (0, 20, 40):
        buy(amina, 1, NOON + timedelta(minutes=minute))
    with pytest.raises(CoolingOff) as refusal:
        buy(amina, 2, NOON + timedelta(minutes=49))
    assert plain(refusal.value.words) == "Trois dépenses en une heure : la suivante attend jusqu’à 12:50."
    buy(amina, 2, NOON + timedelta(minutes=50))
    with pytest.raises(CoolingOff):  # and the next after it waits again
        buy(amina, 3, NOON + timedelta(minutes=59))


def test_three_in_more_than_an_hour_are_no_hurry(amina: User) -> None:
    for minute in (0, 31, 62):
        buy(amina, 1, NOON + timedelta(minutes=minute))
    buy(amina, 2, NOON + timedelta(minutes=63))


def test_one_spend_of_two_purses_is_one(amina: User) -> None:
    from billing.tests.test_wallet import give

    for number in range(2):
        give(amina, 50, key=f"gift{number}")
        buy(amina, 1_00, NOON + timedelta(minutes=number))
    buy(amina, 2, NOON + timedelta(minutes=3))


def test_a_thank_you_of_five_euros_at_most(amina: User, ben: User) -> None:
    with pytest.raises(TipTooLarge) as refusal:
        thank(amina, ben, 5_01, NOON)
    assert plain(refusal.value.words) == "Un remerciement est de 5,00 € au plus."
    thank(amina, ben, 5_00, NOON)


def test_twenty_euros_of_thank_yous_a_day_whatever_the_own_limit(amina: User, ben: User) -> None:
    set_daily_limit(user=amina, money=eur(100_00), now=NOON - DAY)
    for number in range(4):
        thank(amina, ben, 5_00, NOON + number * timedelta(minutes=25))
    with pytest.raises(TipsADay):
        thank(amina, ben, 1, NOON + timedelta(hours=3))
    buy(amina, 10_00, NOON + timedelta(hours=3))
