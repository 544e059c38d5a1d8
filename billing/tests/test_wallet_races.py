"""Many spends, gifts and top-ups of one person in the same moment: none passes a limit, none is made twice, nothing is lost."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import GrantSource
from billing.models import LedgerTransaction, TopUp, Wallet, WalletSpend
from billing.services.promos import give_promo
from billing.services.selflimits import CoolingOff, DailyLimit, MonthlyLimit, TipsADay, WalletFull, set_daily_limit
from billing.services.topups import start_top_up
from billing.services.wallet import CannotReturn, NotEnough, return_spend, spend
from billing.services.wallets import WalletError
from billing.tests.purses import NOON, entries_sum, eur, given_of, lots_of, open_wallets, paid_of, pay_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.servers,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time"),
]
MANY = 8


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    open_wallets(settings)


def race(deeds: list[Callable[[], object]]) -> tuple[list[str], list[Exception]]:
    """Do all at once; the names of the refusals, and what the engine broke off (which nothing here should)."""
    begin = threading.Barrier(len(deeds))
    ends: list[str] = []
    broken: list[Exception] = []

    def run(deed: Callable[[], object]) -> None:
        try:
            begin.wait(30)
            deed()
            ends.append("done")
        except WalletError as refusal:
            ends.append(type(refusal).__name__)
        except OperationalError as error:
            broken.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(ends), broken


def buying(user: User, cents: int, key: str) -> Callable[[], object]:
    money, later = eur(cents), NOON + timedelta(hours=1)
    return lambda: spend(payer=user, payee_key="revenue:ads", subject_key="room:a", money=money, key=key, now=later)


def thanking(user: User, owner: User, cents: int, key: str) -> Callable[[], object]:
    money, later = eur(cents), NOON + timedelta(hours=1)
    return lambda: spend(payer=user, payee_key=f"promo:{owner.pk}", subject_key="room:a", money=money, key=key, now=later)


def test_eight_at_once_spend_what_there_is_and_no_more() -> None:
    amina = make_user("Amina")
    pay_in(amina, 10_00)
    ends, broken = race([buying(amina, 6_00, f"boost:{number}") for number in range(MANY)])
    assert (ends, broken) == ([NotEnough.__name__] * (MANY - 1) + ["done"], [])
    assert (paid_of(amina), WalletSpend.objects.count(), entries_sum()) == (4_00, 1, 0)


def test_eight_at_once_do_not_pass_the_limit_of_the_day() -> None:
    amina = make_user("Amina")
    pay_in(amina, 100_00)
    ends, broken = race([buying(amina, 9_00, f"boost:{number}") for number in range(MANY)])
    assert (ends, broken) == ([DailyLimit.__name__] * (MANY - 2) + ["done"] * 2, [])
    assert paid_of(amina) == 82_00


def test_eight_at_once_do_not_outrun_the_cooling_off() -> None:
    amina = make_user("Amina")
    pay_in(amina, 100_00)
    ends, broken = race([buying(amina, 1, f"boost:{number}") for number in range(MANY)])
    assert (ends, broken) == ([CoolingOff.__name__] * (MANY - 3) + ["done"] * 3, [])


def test_eight_thank_yous_at_once_stay_under_twenty_euros() -> None:
    amina, ben = make_user("Amina"), make_user("Ben")
    pay_in(amina, 100_00)
    set_daily_limit(user=amina, money=eur(100_00), now=NOON - timedelta(days=2))
    thanking(amina, ben, 5_00, "tip:a")()
    thanking(amina, ben, 5_00, "tip:b")()
    later = NOON + timedelta(hours=3)
    deeds: list[Callable[[], object]] = [
        lambda number=number: spend(  # type: ignore[misc]  # bound now, not later
            payer=amina, payee_key=f"promo:{ben.pk}", subject_key="room:a", money=eur(4_00), key=f"tip:{number}", now=later
        )
        for number in range(MANY)
    ]
    ends, broken = race(deeds)
    assert (ends, broken) == ([TipsADay.__name__] * (MANY - 2) + ["done"] * 2, [])
    assert given_of(ben) == lots_of(ben) == 18_00


def test_one_form_sent_eight_times_at_once_is_one_spend() -> None:
    amina = make_user("Amina")
    pay_in(amina, 10_00)
    ends, broken = race([buying(amina, 1_00, "boost:one")] * MANY)
    assert (ends, broken) == (["done"] * MANY, [])
    assert (paid_of(amina), WalletSpend.objects.count()) == (9_00, 1)


def test_two_who_thank_each_other_at_once_do_not_wait_for_ever() -> None:
    amina, ben = make_user("Amina"), make_user("Ben")
    for user in (amina, ben):
        pay_in(user, 20_00)
        set_daily_limit(user=user, money=eur(10_00), now=NOON)
    deeds = [thanking(amina, ben, 1_00, f"tip:a{n}") for n in range(3)] + [thanking(ben, amina, 1_00, f"tip:b{n}") for n in range(3)]
    ends, broken = race(deeds)
    assert (ends, broken) == (["done"] * 6, [])
    assert (paid_of(amina), given_of(amina), paid_of(ben), given_of(ben)) == (17_00, 3_00, 17_00, 3_00)


def test_a_thank_you_is_spent_or_taken_back_and_never_both() -> None:
    for turn in range(4):
        amina, ben = make_user(f"Amina{'xyzw'[turn]}"), make_user(f"Ben{'xyzw'[turn]}")
        pay_in(amina, 5_00)
        thanking(amina, ben, 5_00, f"tip:{turn}")()
        back: Callable[[], object] = lambda turn=turn: return_spend(key=f"tip:{turn}", now=NOON + timedelta(hours=2))  # type: ignore[misc]  # noqa: E731
        ends, broken = race([back, buying(ben, 5_00, f"boost:{turn}")])
        assert broken == []
        assert ends in ([CannotReturn.__name__, "done"], [NotEnough.__name__, "done"])
        assert (paid_of(amina), given_of(ben), lots_of(ben)) in ((0, 0, 0), (5_00, 0, 0))
    assert entries_sum() == 0


def test_a_gift_given_by_eight_hands_at_once_is_given_once() -> None:
    amina = make_user("Amina")
    gift: Callable[[], object] = lambda: give_promo(user=amina, money=eur(3_00), source=GrantSource.GOODWILL, key="one", now=NOON)  # noqa: E731
    ends, broken = race([gift] * MANY)
    assert (ends, broken) == (["done"] * MANY, [])
    assert (given_of(amina), lots_of(amina), Wallet.objects.count()) == (3_00, 3_00, 1)


def test_eight_top_ups_at_once_stay_under_what_a_wallet_holds() -> None:
    amina = make_user("Amina")
    deeds: list[Callable[[], object]] = [
        lambda: start_top_up(user=amina, money=eur(60_00), client_key=uuid.uuid4(), now=NOON) for _number in range(MANY)
    ]
    ends, broken = race(deeds)
    assert broken == []
    assert ends.count("done") == 2
    assert set(ends) <= {"done", WalletFull.__name__, MonthlyLimit.__name__}
    assert sum(TopUp.objects.values_list("amount_minor", flat=True)) == 120_00
    assert LedgerTransaction.objects.count() == 0  # nothing is credited before it is paid
