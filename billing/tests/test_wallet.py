"""Spending credit: once, within what there is, to nobody who must not get it; and giving a spend back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import GrantSource, WalletAct
from billing.ledger import KeyConflict, post
from billing.models import LedgerTransaction, PromoGrant, PromoUse, Wallet, WalletSpend
from billing.services.promos import expire_promos, give_promo
from billing.services.wallet import CannotReturn, NoPayee, NotEnough, return_spend, spend
from billing.services.wallets import AdultsOnly, BadAmount, FormReused, OtherCurrency, WalletClosed
from billing.tests.purses import NOON, books, entries_sum, eur, given_of, lots_of, open_wallets, paid_of, pay_in, plain
from core.money import Money

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(minutes=5)
LATER = NOON + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    open_wallets(settings)
    settings.SELLER_COUNTRY, settings.VAT_SCHEME = "FR", "NORMAL"


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


def buy(user: User, cents: int, *, key: str = "boost:one", now: Any = SOON, **other: Any) -> WalletSpend:
    wish: dict[str, Any] = {"payee_key": "revenue:ads", "subject_key": "room:one", "money": eur(cents)} | other
    return spend(payer=user, key=key, now=now, **wish)


def thank(giver: User, owner: User, cents: int, *, key: str = "tip:one", now: Any = SOON) -> WalletSpend:
    return spend(payer=giver, payee_key=f"promo:{owner.pk}", subject_key="room:one", money=eur(cents), key=key, now=now)


def give(user: User, cents: int, *, key: str = "gift", days: int = 30, now: Any = NOON) -> PromoGrant:
    return give_promo(user=user, money=eur(cents), source=GrantSource.GOODWILL, key=key, lasts=timedelta(days=days), now=now)


def test_the_house_is_paid_and_the_tax_set_aside(amina: User) -> None:
    pay_in(amina, 10_00)
    spent = buy(amina, 2_00)
    assert (spent.act, spent.amount_minor, spent.promo_minor, spent.currency) == (WalletAct.SPEND, 2_00, 0, "EUR")
    assert paid_of(amina) == 8_00
    assert books() == {
        "clearing:STRIPE:EUR": 10_00,
        f"wallet:{amina.pk}:EUR": 8_00,
        "revenue:ads:EUR": 1_67,  # 20 % within 2 €, rounded half up
        "vat:FR:EUR": 33,
    }
    assert entries_sum() == 0


def test_the_same_key_spends_once(amina: User) -> None:
    pay_in(amina, 10_00)
    first = buy(amina, 2_00)
    assert buy(amina, 2_00).pk == first.pk
    assert paid_of(amina) == 8_00
    assert LedgerTransaction.objects.filter(kind=WalletAct.SPEND).count() == 1


@pytest.mark.parametrize("other", [{"money": eur(1)}, {"subject_key": "room:two"}])
def test_the_same_key_with_another_wish_is_refused(amina: User, other: dict[str, Any]) -> None:
    pay_in(amina, 10_00)
    buy(amina, 2_00)
    with pytest.raises(FormReused):
        buy(amina, 2_00, **other)
    assert paid_of(amina) == 8_00


def test_nobody_takes_the_key_of_another(amina: User, ben: User) -> None:
    pay_in(amina, 10_00)
    pay_in(ben, 10_00)
    buy(amina, 2_00)
    with pytest.raises(FormReused):
        buy(ben, 2_00)
    assert (paid_of(amina), paid_of(ben)) == (8_00, 10_00)


def test_a_key_that_the_ledger_knows_otherwise_moves_nothing(amina: User) -> None:
    pay_in(amina, 10_00)
    post(key="spend:boost:one", kind="OTHER", lines=[("clearing:STRIPE:EUR", -1), ("revenue:ads:EUR", 1)], now=NOON)
    with pytest.raises(KeyConflict):
        buy(amina, 2_00)
    assert (paid_of(amina), WalletSpend.objects.count()) == (10_00, 0)


def test_not_a_cent_more_than_there_is(amina: User) -> None:
    pay_in(amina, 1_99)
    with pytest.raises(NotEnough) as refusal:
        buy(amina, 2_00)
    assert plain(refusal.value.words) == "Il n’y a pas assez de crédit : il vous reste 1,99 €."
    assert (paid_of(amina), WalletSpend.objects.count(), PromoUse.objects.count()) == (1_99, 0, 0)
    buy(amina, 1_99)
    assert paid_of(amina) == 0


@pytest.mark.parametrize("cents", [0, -1, -10_00])
def test_a_forged_amount_is_no_amount(amina: User, cents: int) -> None:
    pay_in(amina, 10_00)
    with pytest.raises(BadAmount):
        buy(amina, cents)
    assert paid_of(amina) == 10_00


def test_another_currency_is_refused(amina: User) -> None:
    pay_in(amina, 10_00)
    with pytest.raises(OtherCurrency):
        spend(payer=amina, payee_key="revenue:ads", subject_key="room:one", money=Money(1, "MGA"), key="boost:one", now=SOON)
    assert paid_of(amina) == 10_00


NOBODY = ("wallet:2:EUR", "wallet:2", "bank:one", "revenue:subscription", "revenue:", "")
NO_PERSON = ("promo:", "promo:x", "promo:-1", "promo:²", "promo:999999999")


@pytest.mark.parametrize("payee", NOBODY + NO_PERSON)
def test_money_goes_to_nobody_else(amina: User, payee: str) -> None:
    """Least of all to another wallet: that would be a transfer of money between people."""
    pay_in(amina, 10_00)
    with pytest.raises(NoPayee):
        buy(amina, 1_00, payee_key=payee)
    assert paid_of(amina) == 10_00


def test_nobody_thanks_themselves(amina: User) -> None:
    pay_in(amina, 10_00)
    with pytest.raises(NoPayee):
        thank(amina, amina, 1_00)


def test_minors_spend_nothing_and_get_nothing(amina: User) -> None:
    young = make_user("Rado", age_method=None)
    pay_in(amina, 10_00)
    pay_in(young, 10_00)
    with pytest.raises(AdultsOnly):
        buy(young, 1_00)
    with pytest.raises(NoPayee):
        thank(amina, young, 1_00, key="tip:two")
    assert (paid_of(amina), paid_of(young), given_of(young)) == (10_00, 10_00, 0)


def test_where_wallets_are_closed_nothing_is_spent(amina: User, settings: Any) -> None:
    pay_in(amina, 10_00)
    settings.WALLET_ENABLED = ["MG"]
    with pytest.raises(WalletClosed):
        buy(amina, 1_00)


def test_a_thank_you_becomes_credit_that_ends(amina: User, ben: User) -> None:
    pay_in(amina, 10_00)
    spent = thank(amina, ben, 3_00)
    lot = PromoGrant.objects.get(user=ben)
    assert spent.act == WalletAct.TIP
    assert (lot.source, lot.amount_minor, lot.left_minor, lot.expires_at) == ("TIP", 3_00, 3_00, SOON + timedelta(days=365))
    assert (paid_of(amina), paid_of(ben), given_of(ben)) == (7_00, 0, 3_00)
    assert [name for name in books() if name.startswith(("revenue", "vat"))] == []


def test_what_was_given_is_not_given_on(amina: User, ben: User) -> None:
    give(amina, 10_00)
    with pytest.raises(NotEnough):
        thank(amina, ben, 1_00)
    assert (given_of(amina), given_of(ben)) == (10_00, 0)


def test_a_gift_must_fit_into_the_wallet_of_whoever_gets_it(amina: User, ben: User) -> None:
    pay_in(amina, 10_00)
    pay_in(ben, 149_00)
    with pytest.raises(NoPayee):
        thank(amina, ben, 1_01)
    thank(amina, ben, 1_00)
    assert given_of(ben) == 1_00


def test_given_credit_goes_first_the_soonest_to_end_at_the_head(amina: User) -> None:
    pay_in(amina, 10_00)
    give(amina, 1_00, key="late", days=60)
    give(amina, 50, key="soon", days=10)
    spent = buy(amina, 2_00)
    assert spent.promo_minor == 1_50
    assert (paid_of(amina), given_of(amina), lots_of(amina)) == (9_50, 0, 0)
    give(amina, 1_00, key="next", days=60)
    give(amina, 1_00, key="sooner", days=5)
    buy(amina, 1_20, key="boost:two", now=SOON + timedelta(minutes=1))
    left = dict(PromoGrant.objects.filter(left_minor__gt=0).values_list("source_key", "left_minor"))
    assert left == {"next": 80}
    assert paid_of(amina) == 9_50


def test_what_has_ended_is_not_spent(amina: User) -> None:
    give(amina, 5_00, days=1)
    with pytest.raises(NotEnough):
        buy(amina, 1_00, now=NOON + timedelta(days=1))


def test_lots_end_once_and_the_ledger_follows(amina: User) -> None:
    give(amina, 5_00, days=1)
    buy(amina, 2_00)
    assert expire_promos(now=NOON + timedelta(hours=23)) == 0
    assert expire_promos(now=NOON + timedelta(days=1)) == 1
    assert expire_promos(now=NOON + timedelta(days=1)) == 0
    assert (given_of(amina), lots_of(amina)) == (0, 0)
    assert books() == {"expense:promo:EUR": 2_00, "revenue:ads:EUR": 1_67, "vat:FR:EUR": 33}


def test_a_gift_of_the_house_is_given_once(amina: User) -> None:
    assert give(amina, 5_00).pk == give(amina, 5_00).pk
    assert (given_of(amina), lots_of(amina)) == (5_00, 5_00)


def test_a_spend_comes_back_whole_into_the_same_purses(amina: User) -> None:
    pay_in(amina, 10_00)
    give(amina, 1_50, days=40)
    before = books()
    buy(amina, 2_00)
    assert return_spend(key="boost:one", now=LATER) is True
    assert books() == before
    assert PromoGrant.objects.get().expires_at == NOON + timedelta(days=40)
    assert return_spend(key="boost:one", now=LATER) is False
    assert (books(), PromoUse.objects.count()) == (before, 0)
    first, back = LedgerTransaction.objects.filter(key__startswith="spend:boost:one").order_by("pk")
    assert (back.reverses_id, back.kind) == (first.pk, WalletAct.RETURN)


def test_given_credit_that_comes_back_late_lasts_a_month(amina: User) -> None:
    give(amina, 2_00, days=1)
    buy(amina, 2_00)
    late = NOON + timedelta(days=3)
    expire_promos(now=late)
    return_spend(key="boost:one", now=late)
    lot = PromoGrant.objects.get()
    assert (lot.left_minor, lot.expires_at, given_of(amina)) == (2_00, late + timedelta(days=30), 2_00)
    assert expire_promos(now=late + timedelta(days=30)) == 1  # and ends once more, with a posting of its own
    assert (given_of(amina), lots_of(amina)) == (0, 0)


def test_a_thank_you_comes_back_while_it_is_whole(amina: User, ben: User) -> None:
    pay_in(amina, 10_00)
    thank(amina, ben, 3_00)
    return_spend(key="tip:one", now=LATER)
    assert (paid_of(amina), given_of(ben), lots_of(ben)) == (10_00, 0, 0)


def test_a_thank_you_of_which_a_cent_is_spent_stays(amina: User, ben: User) -> None:
    pay_in(amina, 10_00)
    thank(amina, ben, 3_00)
    buy(ben, 1)
    before = books()
    with pytest.raises(CannotReturn):
        return_spend(key="tip:one", now=LATER)
    assert books() == before
    assert WalletSpend.objects.get(key="tip:one").returned_at is None


def test_a_wallet_keeps_its_currency_when_its_owner_moves(amina: User) -> None:
    pay_in(amina, 10_00)
    buy(amina, 1_00)
    User.objects.filter(pk=amina.pk).update(jurisdiction="MG")
    assert Wallet.objects.get(user=amina).currency == "EUR"


def test_every_sum_of_lots_is_the_account(amina: User, ben: User) -> None:
    """Whatever happens in which order, the lots and the ledger say the same."""
    pay_in(amina, 50_00)
    give(ben, 1_00, key="a", days=2)
    thank(amina, ben, 5_00, key="tip:a")
    buy(ben, 3_00, key="boost:a")
    thank(amina, ben, 2_00, key="tip:b", now=SOON + timedelta(minutes=2))
    return_spend(key="tip:b", now=LATER)
    return_spend(key="boost:a", now=LATER)
    expire_promos(now=NOON + timedelta(days=400))
    assert given_of(ben) == lots_of(ben) == 0
    assert entries_sum() == 0
