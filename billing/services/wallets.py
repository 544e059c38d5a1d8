"""Opening and locking wallets, and the base of what they refuse.

A person's Wallet row is the lock of their credit: every spend, top-up, gift and refund of it begins by locking the row (of several people
in the order of their ids), so that what is summed under it still holds when it is posted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import is_age_sufficient
from billing.models import Wallet
from billing.queries.credits import currency_of, is_wallet_open
from core.money import Money


class WalletError(Exception):
    """A refusal by a rule of the wallet: `code` for programs, `words` for people, in the language that is active when it is raised."""

    code: str = "wallet"
    words: Any = ""

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        if facts:
            self.words = str(self.words) % facts


class WalletClosed(WalletError):
    code, words = "wallet_closed", _("Le porte-monnaie n’est pas ouvert dans votre pays.")


class AdultsOnly(WalletError):
    code, words = "adults_only", _("Le porte-monnaie est réservé aux adultes : montrez d’abord votre âge.")


class BadAmount(WalletError):
    code, words = "bad_amount", _("Indiquez un montant supérieur à zéro.")


class OtherCurrency(WalletError):
    code, words = "other_currency", _("Cela se paie dans une autre monnaie que celle de votre porte-monnaie.")


class FormReused(WalletError):
    """The same form came again with another wish; the first one stands."""

    code, words = "form_reused", _("Ce formulaire a déjà servi à autre chose. Rechargez la page.")


def check_usable(*, user: User, now: datetime) -> None:
    """Whether this person may put credit in or out at all.

    Raises:
        WalletClosed, AdultsOnly.
    """
    if not is_wallet_open(user):
        raise WalletClosed
    if not is_age_sufficient(user=user, session=None, gate="GENERAL", now=now):
        raise AdultsOnly


def check_amount(money: Money, wallet: Wallet) -> None:
    """Whether this sum can be moved in that wallet.

    Raises:
        BadAmount, OtherCurrency.
    """
    if money.amount_minor <= 0:
        raise BadAmount
    if money.currency != wallet.currency:
        raise OtherCurrency


def lock_wallets(*users: User, now: datetime) -> dict[int, Wallet]:
    """The wallets of these people by inward id, opened where there was none, locked until the transaction ends."""
    by_id = {user.pk: user for user in users}
    known = set(Wallet.objects.filter(user_id__in=by_id).values_list("user_id", flat=True))
    for user_id in sorted(set(by_id) - known):
        _open(by_id[user_id], now)
    return lock_known(by_id)


def _open(user: User, now: datetime) -> None:
    """Two who open the same wallet at once open one: the second waits in its insert, which then changes nothing. An insert that failed
    instead would leave both with a shared lock on the row, each waiting for the other's to go (MariaDB calls that a deadlock)."""
    target = ["user"] if connection.features.supports_update_conflicts_with_target else None
    fresh = Wallet(user_id=user.pk, currency=currency_of(user), opened_at=now)
    Wallet.objects.bulk_create([fresh], update_conflicts=True, update_fields=["user"], unique_fields=target)


def lock_known(user_ids: Iterable[int]) -> dict[int, Wallet]:
    """The wallets that there are of these people, locked until the transaction ends."""
    rows = Wallet.objects.select_for_update().filter(user_id__in=set(user_ids)).order_by("user_id")
    return {wallet.user_id: wallet for wallet in rows}
