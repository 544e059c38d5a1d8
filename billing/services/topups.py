"""Putting money into a wallet: the sum is written down and judged first, then paid like anything else."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from billing.models import TopUp
from billing.services.selflimits import check_topup
from billing.services.wallets import FormReused, check_amount, check_usable, lock_wallets
from core.money import Money

# How long a way to pay may be chosen.
_OPEN_FOR = timedelta(minutes=15)


def start_top_up(*, user: User, money: Money, client_key: uuid.UUID, now: datetime) -> TopUp:
    """Write a top-up down; the same form again is the first one. The limits are judged under the lock of the wallet, and what is written
    down counts from now on, so that two at once cannot pass them together. Nothing is credited before the provider says that it was
    paid (`services.payments`).

    Raises:
        WalletClosed, AdultsOnly, BadAmount, OtherCurrency, WalletFull, MonthlyLimit, FormReused.
    """
    check_usable(user=user, now=now)
    with transaction.atomic():
        wallet = lock_wallets(user, now=now)[user.pk]
        if (before := TopUp.objects.filter(user=user, client_key=client_key).first()) is not None:
            return _same(before, money)
        check_amount(money, wallet)
        check_topup(wallet=wallet, money=money, now=now)
        return TopUp.objects.create(
            user=user,
            amount_minor=money.amount_minor,
            currency=money.currency,
            client_key=client_key,
            created_at=now,
            expires_at=now + _OPEN_FOR,
        )


def _same(before: TopUp, money: Money) -> TopUp:
    if before.money != money:
        raise FormReused
    return before
