"""What the house allows with credit: where it is open, in which currency, and how much at most.

The sums are those of the closed loop (docs/wallet.md): 150 € held and topped up in 30 days is what R561-16-1 of the French monetary code
leaves without further checks; the sums in ariary are the house's own, not a conversion of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.enums import Jurisdiction
from accounts.models import User
from accounts.queries import is_age_sufficient
from core.money import Money

DAY = timedelta(hours=24)
MONTH = timedelta(days=30)
# A higher limit holds after a night's sleep.
RAISE_AFTER = timedelta(hours=24)
PAUSES = {"1": timedelta(days=1), "7": timedelta(days=7), "30": timedelta(days=30)}
# After this many spends within an hour, the next one waits.
COOLING_SPENDS, COOLING_WINDOW, COOLING_LASTS = 3, timedelta(hours=1), timedelta(minutes=10)
# How long unspent credit goes back on a click, and a thank-you can be taken back.
GIVE_BACK = timedelta(days=14)
PROMO_LASTS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is allowed in one currency: held at once, topped up in 30 days, spent in 24 hours (by default, and at most when
    the person says so), given in one thank-you and in 24 hours."""

    held: Money
    month: Money
    day: Money
    tip: Money
    tips_a_day: Money


def _limits(currency: str, held: int, day: int, tip: int, tips_a_day: int) -> Limits:
    return Limits(Money(held, currency), Money(held, currency), Money(day, currency), Money(tip, currency), Money(tips_a_day, currency))


LIMITS = {
    "EUR": _limits("EUR", 150_00, 20_00, 5_00, 20_00),
    "MGA": _limits("MGA", 750_000, 100_000, 25_000, 100_000),
}


def currency_of(user: User) -> str:
    """The currency in which a wallet of this person would be opened."""
    return "MGA" if user.jurisdiction == Jurisdiction.MG else "EUR"


def is_wallet_open(user: User) -> bool:
    """Whether the policy opens wallets to the people of this person's jurisdiction."""
    return user.jurisdiction in settings.WALLET_ENABLED


def are_tips_open(user: User) -> bool:
    """Whether the policy opens thank-yous there; without wallets there are none."""
    return is_wallet_open(user) and user.jurisdiction in settings.TIPS_ENABLED


def may_use_credit(*, user: User, now: datetime) -> bool:
    """Whether this person may top up, spend and be thanked: an adult who has shown it, where wallets are open."""
    return is_wallet_open(user) and is_age_sufficient(user=user, session=None, gate="GENERAL", now=now)


def paid_code(user_id: int, currency: str) -> str:
    """The ledger account of what somebody has paid in."""
    return f"wallet:{user_id}:{currency}"


def promo_code(user_id: int, currency: str) -> str:
    """The ledger account of what somebody was given."""
    return f"promo:{user_id}:{currency}"
