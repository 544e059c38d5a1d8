"""What is on offer, and in which currency somebody sees it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from accounts.models import User
from accounts.queries import find_profile
from billing.enums import EntitlementCode, Interval, PlanCode
from billing.freemium import grants_of
from billing.models import BillingDetails, Price

# The currency in which a country sees prices first; elsewhere it is the euro. Whoever wants the other one says so on the page.
_CURRENCIES = {"MG": "MGA"}
DEFAULT_CURRENCY = "EUR"


class PriceNotFound(LookupError):
    """No such price, or none that is on offer."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the table of plans: what everybody has, and what Premium gives."""

    code: EntitlementCode
    free: int
    premium: int


def list_prices(*, currency: str) -> list[Price]:
    """The prices on offer in a currency, the shortest interval first."""
    rows = Price.objects.select_related("plan").filter(currency=currency, active=True, plan__active=True, plan__code=PlanCode.PREMIUM)
    return sorted(rows, key=lambda price: list(Interval).index(Interval(price.interval)))


def list_currencies() -> list[str]:
    """The currencies in which something is on offer."""
    rows = Price.objects.filter(active=True, plan__active=True).values_list("currency", flat=True)
    return sorted(set(rows), key=lambda code: (code != DEFAULT_CURRENCY, code))


def get_price(*, public_id: str) -> Price:
    """A price on offer.

    Raises:
        PriceNotFound.
    """
    price = Price.objects.select_related("plan").filter(public_id=public_id, active=True, plan__active=True).first()
    if price is None:
        raise PriceNotFound(public_id)
    return price


def country_of(*, user: User | None) -> str:
    """Where somebody pays from: their billing details, else their profile, else the seller's own country."""
    if user is None:
        return str(settings.SELLER_COUNTRY)
    told = BillingDetails.objects.filter(user=user).values_list("country", flat=True).first()
    if told:
        return told
    profile = find_profile(user=user)
    return profile.country if profile and profile.country else str(settings.SELLER_COUNTRY)


def choose_currency(*, user: User | None, wanted: str) -> str:
    """The currency of the page of prices: the wanted one if something is on offer in it, else that of the person's country, else any."""
    offered = list_currencies()
    for code in (wanted.upper(), _CURRENCIES.get(country_of(user=user), DEFAULT_CURRENCY)):
        if code in offered:
            return code
    return offered[0] if offered else DEFAULT_CURRENCY


def compare_plans() -> list[Comparison]:
    """What both plans give, line by line."""
    free, premium = grants_of(PlanCode.FREE), grants_of(PlanCode.PREMIUM)
    return [Comparison(code, free[code], premium[code]) for code in EntitlementCode]
