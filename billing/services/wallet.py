"""Spending credit, and giving a spend back. Floors above hand in what is paid and to whom; nothing here knows a room or a shop.

To whom: `promo:<person>` (somebody is thanked: their credit grows, and never leaves the house as money) or `revenue:<what>` (the house is
paid, VAT set aside). Anything else is refused: moving money between people needs a licence that this house does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import find_account
from billing.enums import GrantSource, WalletAct
from billing.ledger import post
from billing.models import LedgerEntry, LedgerTransaction, Wallet, WalletSpend
from billing.queries.credits import LIMITS, may_use_credit, paid_code, promo_code
from billing.queries.taxpayers import get_tax_country
from billing.queries.wallet import free_paid, posted_total
from billing.services import promos
from billing.services.selflimits import check_spend, shown
from billing.services.vat import split_vat
from billing.services.wallets import FormReused, WalletError, check_amount, check_usable, lock_known, lock_wallets
from core.money import Money

_REVENUES = ("ads",)


class NotEnough(WalletError):
    code, words = "not_enough", _("Il n’y a pas assez de crédit : il vous reste %(left)s.")


class NoPayee(WalletError):
    code, words = "no_payee", _("Cette personne ne peut pas recevoir de crédit pour l’instant.")


class CannotReturn(WalletError):
    code, words = "cannot_return", _("Ce crédit a été utilisé : il ne peut plus être repris.")


@dataclass(frozen=True, slots=True)
class _Payee:
    """Who gets it: a person, or a revenue of the house."""

    user: User | None
    revenue: str

    @property
    def act(self) -> WalletAct:
        return WalletAct.TIP if self.user else WalletAct.SPEND


def spend(*, payer: User, payee_key: str, subject_key: str, money: Money, key: str, now: datetime) -> WalletSpend:
    """Spend credit, once for each `key`: the same key again is the first spend.

    What the house is paid takes given credit first, the soonest to end at the head. Thanking somebody takes paid credit alone: given
    credit that wandered from person to person would never end.

    Raises:
        WalletClosed, AdultsOnly, BadAmount, OtherCurrency; SpendingPaused, CoolingOff, DailyLimit, TipTooLarge, TipsADay; NotEnough,
        NoPayee, FormReused. Nothing has moved then.
    """
    check_usable(user=payer, now=now)
    payee = _payee_of(payee_key, payer, now)
    people = [payer, payee.user] if payee.user else [payer]
    with transaction.atomic():
        wallets = lock_wallets(*people, now=now)
        wallet = wallets[payer.pk]
        if (before := WalletSpend.objects.filter(key=key).first()) is not None:
            return _same(before, payer, payee_key, subject_key, money)
        check_amount(money, wallet)
        check_spend(wallet=wallet, money=money, act=payee.act, now=now)
        given = 0 if payee.user else promos.take_from_lots(wallet=wallet, most=money.amount_minor, spend_key=key, now=now)
        _check_enough(wallet, money.amount_minor - given, given)
        lines = _lines_from(wallet, money.amount_minor - given, given)
        if payee.user:
            lines += _lines_to_person(wallets[payee.user.pk], money)
            promos.add_lot(user_id=payee.user.pk, money=money, source=GrantSource.TIP, key=key, now=now)
        else:
            lines += _lines_to_house(payee.revenue, payer, money, now)
        post(key=f"spend:{key}", kind=payee.act, lines=lines, now=now)
        return WalletSpend.objects.create(
            key=key,
            user=payer,
            act=payee.act,
            payee_key=payee_key,
            subject_key=subject_key,
            amount_minor=money.amount_minor,
            promo_minor=given,
            currency=money.currency,
            spent_at=now,
        )


def return_spend(*, key: str, now: datetime) -> bool:
    """Give a spend back whole: the paid part to the paid credit, the given part into its lots; False when that was done before.

    Raises:
        CannotReturn: the person who was thanked has spent some of it. Nothing has moved then.
        WalletSpend.DoesNotExist: there is no such spend.
    """
    known = WalletSpend.objects.get(key=key)
    payee = _person_of(known.payee_key)
    with transaction.atomic():
        lock_known(person for person in (known.user_id, payee) if person is not None)
        if not WalletSpend.objects.filter(pk=known.pk, returned_at=None).update(returned_at=now):
            return False
        if payee is not None:
            _take_gift(key)
        first = LedgerTransaction.objects.get(key=f"spend:{key}")
        entries = LedgerEntry.objects.filter(transaction=first).order_by("pk").values_list("account__code", "amount")
        lines = [(code, -amount) for code, amount in entries]
        post(key=f"spend:{key}:return", kind=WalletAct.RETURN, lines=lines, now=now, reverses=first)
        promos.refill_lots(spend_key=key, now=now)
    return True


def _take_gift(key: str) -> None:
    try:
        promos.empty_lot(key=key)
    except promos.LotSpent as error:
        raise CannotReturn from error


def _same(before: WalletSpend, payer: User, payee_key: str, subject_key: str, money: Money) -> WalletSpend:
    if (before.user_id, before.payee_key, before.subject_key, before.money) != (payer.pk, payee_key, subject_key, money):
        raise FormReused
    return before


def _payee_of(payee_key: str, payer: User, now: datetime) -> _Payee:
    word, _colon, name = payee_key.partition(":")
    if word == "revenue" and name in _REVENUES:
        return _Payee(None, name)
    person = _person_of(payee_key)
    user = find_account(user_id=person) if person is not None else None
    if user is None or user.pk == payer.pk or not may_use_credit(user=user, now=now):
        raise NoPayee
    return _Payee(user, "")


def _person_of(payee_key: str) -> int | None:
    word, _colon, name = payee_key.partition(":")
    return int(name) if word == "promo" and name.isascii() and name.isdecimal() and len(name) < 19 else None


def _check_enough(wallet: Wallet, paid: int, given: int) -> None:
    free = free_paid(wallet)
    if paid > free:
        raise NotEnough(left=shown(Money(max(0, free) + given, wallet.currency)))


def _lines_from(wallet: Wallet, paid: int, given: int) -> list[tuple[str, int]]:
    parts = [(paid_code(wallet.user_id, wallet.currency), -paid), (promo_code(wallet.user_id, wallet.currency), -given)]
    return [(code, amount) for code, amount in parts if amount]


def _lines_to_person(wallet: Wallet, money: Money) -> list[tuple[str, int]]:
    """A gift must fit into the wallet of whoever gets it; that it does not is told to nobody but as « not now »."""
    if wallet.currency != money.currency or posted_total(wallet) + money.amount_minor > LIMITS[wallet.currency].held.amount_minor:
        raise NoPayee
    return [(promo_code(wallet.user_id, wallet.currency), money.amount_minor)]


def _lines_to_house(revenue: str, payer: User, money: Money, now: datetime) -> list[tuple[str, int]]:
    split = split_vat(money, country=get_tax_country(user=payer), on=now.date())
    parts = [(f"revenue:{revenue}:{money.currency}", split.net), (f"vat:{split.country}:{money.currency}", split.vat)]
    return [(code, part.amount_minor) for code, part in parts if part.amount_minor]
