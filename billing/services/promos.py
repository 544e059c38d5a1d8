"""Credit that was given: lots with a day on which they end. The soonest to end is spent first.

Everything here is called with the wallet of the lots' owner locked, except `give_promo` and `expire_promos`, which lock it themselves.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet, Sum

from accounts.models import User
from billing.enums import GrantSource, WalletAct
from billing.ledger import post
from billing.models import PromoGrant, PromoUse, Wallet
from billing.queries.credits import PROMO_LASTS, promo_code
from billing.services.wallets import check_amount, lock_known, lock_wallets
from core.money import Money

# A lot that a spend gives back when its day is near or past can still be used so long.
_BACK_LASTS = timedelta(days=30)
_BATCH = 100


class LotSpent(Exception):
    """Some of the lot was spent; it cannot be taken back any more."""


def give_promo(*, user: User, money: Money, source: GrantSource, key: str, now: datetime, lasts: timedelta = PROMO_LASTS) -> PromoGrant:
    """Give somebody credit at the house's expense; the same key again gives nothing more.

    Raises:
        BadAmount, OtherCurrency.
    """
    with transaction.atomic():
        wallet = lock_wallets(user, now=now)[user.pk]
        check_amount(money, wallet)
        if (before := PromoGrant.objects.filter(source_key=key).first()) is not None:
            return before
        lines = [(f"expense:promo:{money.currency}", -money.amount_minor), (promo_code(user.pk, money.currency), money.amount_minor)]
        post(key=f"promo:{key}", kind=WalletAct.PROMO_GIVEN, lines=lines, now=now)
        return add_lot(user_id=user.pk, money=money, source=source, key=key, lasts=lasts, now=now)


def add_lot(*, user_id: int, money: Money, source: GrantSource, key: str, now: datetime, lasts: timedelta = PROMO_LASTS) -> PromoGrant:
    """Note a lot whose credit the caller posts."""
    return PromoGrant.objects.create(
        user_id=user_id,
        currency=money.currency,
        source=source,
        source_key=key,
        amount_minor=money.amount_minor,
        left_minor=money.amount_minor,
        given_at=now,
        expires_at=now + lasts,
    )


def usable(wallet: Wallet, now: datetime) -> int:
    """The given credit that may be spent now, in minor units."""
    return int(_lots(wallet, now).aggregate(sum=Sum("left_minor"))["sum"] or 0)


def take_from_lots(*, wallet: Wallet, most: int, spend_key: str, now: datetime) -> int:
    """Take up to `most` minor units out of the lots, the soonest to end first; how much was taken."""
    taken = 0
    for lot in _lots(wallet, now).order_by("expires_at", "pk"):
        if (part := min(lot.left_minor, most - taken)) <= 0:
            break
        PromoGrant.objects.filter(pk=lot.pk).update(left_minor=F("left_minor") - part)
        PromoUse.objects.create(grant=lot, spend_key=spend_key, amount_minor=part)
        taken += part
    return taken


def refill_lots(*, spend_key: str, now: datetime) -> None:
    """Put back what one spend took; a lot that would end sooner gets thirty days."""
    for use in PromoUse.objects.filter(spend_key=spend_key).select_related("grant"):
        ends = max(use.grant.expires_at, now + _BACK_LASTS)
        PromoGrant.objects.filter(pk=use.grant_id).update(left_minor=F("left_minor") + use.amount_minor, expires_at=ends)
        use.delete()


def empty_lot(*, key: str) -> None:
    """Take a whole lot away, for a gift that its giver takes back.

    Raises:
        LotSpent: some of it is gone, or all.
    """
    if not PromoGrant.objects.filter(source_key=key, left_minor=F("amount_minor")).update(left_minor=0):
        raise LotSpent(key)


def expire_promos(*, now: datetime) -> int:
    """End the lots whose day has come, a hundred a call; how many ended."""
    due = PromoGrant.objects.filter(left_minor__gt=0, expires_at__lte=now).order_by("expires_at")
    return sum(_expire(pk, user_id, now) for pk, user_id in list(due.values_list("pk", "user_id")[:_BATCH]))


def forfeit_promos(*, user_id: int, now: datetime) -> int:
    """End all lots of somebody who closed their account; how many ended."""
    lots = PromoGrant.objects.filter(user_id=user_id, left_minor__gt=0)
    with transaction.atomic():
        lots.update(expires_at=now)
        return sum(_expire(pk, user_id, now) for pk in list(lots.values_list("pk", flat=True)))


def _expire(pk: int, user_id: int, now: datetime) -> bool:
    with transaction.atomic():
        lock_known([user_id])
        lot = PromoGrant.objects.filter(pk=pk, left_minor__gt=0, expires_at__lte=now).first()
        if lot is None:  # spent meanwhile
            return False
        lines = [(promo_code(user_id, lot.currency), -lot.left_minor), (f"expense:promo:{lot.currency}", lot.left_minor)]
        key = f"promo:{lot.pk}:expire:{lot.expires_at:%Y%m%d%H%M%S}"
        post(key=key, kind=WalletAct.PROMO_EXPIRED, lines=lines, now=now)
        PromoGrant.objects.filter(pk=lot.pk).update(left_minor=0)
    return True


def _lots(wallet: Wallet, now: datetime) -> QuerySet[PromoGrant]:
    return PromoGrant.objects.filter(user_id=wallet.user_id, currency=wallet.currency, left_minor__gt=0, expires_at__gt=now)
