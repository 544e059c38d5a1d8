"""The limits of a wallet: those of the house, those that people set on themselves, and the judge of both.

`check_spend` and `check_topup` are called with the wallet locked: two spends of a person stand in line, so none passes a limit beside
another. The sums come from the entries of the ledger, which is the truth, and not from a counter that could drift from it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.enums import WalletAct
from billing.models import LedgerEntry, Wallet
from billing.queries.credits import COOLING_LASTS, COOLING_SPENDS, COOLING_WINDOW, DAY, LIMITS, PAUSES, RAISE_AFTER
from billing.queries.topups import sums_of_topups
from billing.queries.wallet import SPENDS, account_ids, daily_limit, posted_total, spent_since
from billing.services.wallets import WalletError, check_amount, check_usable, lock_wallets
from core.money import Money, format_money


class SpendingPaused(WalletError):
    code, words = "paused", _("Vous avez mis vos dépenses en pause jusqu’au %(until)s. Une pause ne s’abrège pas.")


class CoolingOff(WalletError):
    code, words = "cooling_off", _("Trois dépenses en une heure : la suivante attend jusqu’à %(until)s.")


class DailyLimit(WalletError):
    code, words = "daily_limit", _("Votre plafond est de %(limit)s en 24 heures ; il vous reste %(left)s.")


class TipTooLarge(WalletError):
    code, words = "tip_too_large", _("Un remerciement est de %(limit)s au plus.")


class TipsADay(WalletError):
    code, words = "tips_a_day", _("Au plus %(limit)s de remerciements en 24 heures ; il vous reste %(left)s.")


class WalletFull(WalletError):
    code, words = "wallet_full", _("Un porte-monnaie contient %(limit)s au plus ; vous pouvez encore ajouter %(left)s.")


class MonthlyLimit(WalletError):
    code, words = "monthly_limit", _("Au plus %(limit)s de rechargements en 30 jours ; vous pouvez encore ajouter %(left)s.")


class LimitTooHigh(WalletError):
    code, words = "limit_too_high", _("Le plafond le plus haut possible est de %(limit)s.")


class BadPause(WalletError):
    code, words = "bad_pause", _("Choisissez une durée de la liste.")


def set_daily_limit(*, user: User, money: Money, now: datetime) -> Wallet:
    """Set what may be spent in 24 hours: a lower limit holds at once, a higher one from 24 hours on. Each takes the place of what was
    asked for before.

    Raises:
        WalletClosed, AdultsOnly, BadAmount, OtherCurrency, LimitTooHigh.
    """
    check_usable(user=user, now=now)
    with transaction.atomic():
        wallet = lock_wallets(user, now=now)[user.pk]
        check_amount(money, wallet)
        highest = LIMITS[wallet.currency].held
        if highest < money:
            raise LimitTooHigh(limit=shown(highest))
        current = daily_limit(wallet, now)
        wallet.daily_limit_minor = min(current.amount_minor, money.amount_minor)
        raised = current < money
        wallet.next_limit_minor = money.amount_minor if raised else None
        wallet.next_limit_at = now + RAISE_AFTER if raised else None
        wallet.save(update_fields=["daily_limit_minor", "next_limit_minor", "next_limit_at"])
    return wallet


def pause_spending(*, user: User, days: str, now: datetime) -> Wallet:
    """Take a break from spending for 1, 7 or 30 days. It is never made shorter, by nobody; a longer one takes its place.

    Raises:
        BadPause.
    """
    if days not in PAUSES:
        raise BadPause
    with transaction.atomic():
        wallet = lock_wallets(user, now=now)[user.pk]
        until = now + PAUSES[days]
        if wallet.paused_until is None or wallet.paused_until < until:
            wallet.paused_until = until
            wallet.save(update_fields=["paused_until"])
    return wallet


def check_spend(*, wallet: Wallet, money: Money, act: WalletAct, now: datetime) -> None:
    """Judge a spend from a locked wallet.

    Raises:
        SpendingPaused, CoolingOff, DailyLimit, TipTooLarge, TipsADay.
    """
    if wallet.is_paused(now):
        raise SpendingPaused(until=_moment(wallet.paused_until))
    accounts = account_ids(wallet)
    _check_pace(accounts, now)
    limits = LIMITS[wallet.currency]
    if act == WalletAct.TIP:
        if limits.tip < money:
            raise TipTooLarge(limit=shown(limits.tip))
        _check_sum(TipsADay, money, spent_since(accounts, now - DAY, (WalletAct.TIP,)), limits.tips_a_day)
    _check_sum(DailyLimit, money, spent_since(accounts, now - DAY), daily_limit(wallet, now))


def check_topup(*, wallet: Wallet, money: Money, now: datetime) -> None:
    """Judge a top-up of a locked wallet, with what is on its way counted.

    Raises:
        WalletFull, MonthlyLimit.
    """
    limits = LIMITS[wallet.currency]
    coming, recent = sums_of_topups(wallet=wallet, now=now)
    _check_sum(WalletFull, money, posted_total(wallet) + coming, limits.held)
    _check_sum(MonthlyLimit, money, recent, limits.month)


def _check_pace(accounts: list[int], now: datetime) -> None:
    """Three within an hour, and the fourth waits ten minutes from the last."""
    rows = LedgerEntry.objects.filter(account_id__in=accounts, amount__lt=0, transaction__kind__in=SPENDS)
    recent = rows.filter(transaction__created_at__gt=now - COOLING_WINDOW).order_by("-transaction__created_at")
    times = list(recent.values_list("transaction__created_at", "transaction_id").distinct()[:COOLING_SPENDS])
    if len(times) == COOLING_SPENDS and now < times[0][0] + COOLING_LASTS:
        raise CoolingOff(until=_hour(times[0][0] + COOLING_LASTS))


def _check_sum(error: type[WalletError], money: Money, so_far: int, limit: Money) -> None:
    left = max(0, limit.amount_minor - so_far)
    if money.amount_minor > left:
        raise error(limit=shown(limit), left=shown(Money(left, limit.currency)))


def shown(money: Money) -> str:
    """A sum in the language of the reader."""
    return format_money(money, (get_language() or "fr")[:2])


def _moment(at: datetime | None) -> str:
    return date_format(localtime(at), "j F, H:i") if at else ""


def _hour(at: datetime) -> str:
    return date_format(localtime(at + timedelta(seconds=59)), "H:i")
