"""Taking the VAT out of a price, and whose VAT it is.

Prices to consumers hold the tax. Where electronic services are taxed (directive 2006/112/CE, articles 44, 58, 59 quater, 196): to a
company of another state of the Union with a number that the register knows, not at all (it pays itself); to a consumer of another state,
there, once the seller has sold more than 10 000 € a year beyond its border (below, at the seller's place); outside of the Union, only where
the seller is registered. A seller in France within the exemption of CGI article 293 B charges none. Read by no counsel yet.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings

from billing.enums import UnionCountry, VatTreatment
from billing.models.rates import STANDARD
from billing.queries.vat import VatSplit, find_rate, sum_union_sales
from core.money import Money

# Where the VAT of France is charged, at rates of their own; Monaco has that of France itself (CGI article 256-0).
FRENCH = frozenset({"FR", "GP", "MQ", "RE", "GF", "YT"})
_FREE = (VatTreatment.REVERSE_CHARGE, VatTreatment.OUT_OF_SCOPE, VatTreatment.FRANCHISE)


def split_vat(money: Money, *, country: str, kind: str = STANDARD, on: date, reverse_charge: bool = False) -> VatSplit:
    """A price to somebody in `country` (ISO code; empty: nobody knows) taken apart on a day, rounded half up; both parts sum to it exactly.

    `kind` is a purpose (billing.enums.Purpose); `reverse_charge` that the register has just known the VAT number of the buyer, a company.

    Raises:
        NoVatRule: the settings let the seller charge the VAT of a country without a rate.
    """
    place = _taxed_as(country)
    treatment = find_treatment(country=place, reverse_charge=reverse_charge, money=money, on=on)
    taxed_in = _taxing_country(treatment, place)
    rate = 0 if treatment in _FREE else find_rate(country=taxed_in, kind=kind, on=on)
    vat = take_out(money.amount_minor, rate)
    return VatSplit(Money(money.amount_minor - vat, money.currency), Money(vat, money.currency), rate, taxed_in, treatment)


def take_out(gross_minor: int, rate_bp: int) -> int:
    """The VAT that is in a price, in minor units, rounded half up (half away from nothing for what goes back)."""
    whole = 10_000 + rate_bp
    vat = (2 * abs(gross_minor) * rate_bp + whole) // (2 * whole)
    return vat if gross_minor >= 0 else -vat


def find_treatment(*, country: str, reverse_charge: bool, money: Money, on: date) -> VatTreatment:
    """Under which rule a sale to `country` falls."""
    seller, franchise = settings.SELLER_COUNTRY, settings.VAT_SCHEME == "FRANCHISE"
    if _is_home(country, seller):
        return VatTreatment.FRANCHISE if franchise else VatTreatment.DOMESTIC
    if country not in UnionCountry.values:
        return VatTreatment.DESTINATION if country in settings.VAT_COUNTRIES else VatTreatment.OUT_OF_SCOPE
    if reverse_charge:
        return VatTreatment.REVERSE_CHARGE
    if seller not in UnionCountry.values or _is_beyond_threshold(seller, money, on):
        return VatTreatment.DESTINATION
    return VatTreatment.FRANCHISE if franchise else VatTreatment.DOMESTIC


def _taxed_as(country: str) -> str:
    return {"MC": "FR", "EL": "GR", "": settings.SELLER_COUNTRY, "ZZ": settings.SELLER_COUNTRY}.get(country, country)


def _is_home(country: str, seller: str) -> bool:
    return country == seller or {country, seller} <= FRENCH


def _is_beyond_threshold(seller: str, money: Money, on: date) -> bool:
    """Whether this sale, or one before it, crosses the threshold. It is taken with its VAT, a little early rather than late; sums in other
    currencies than the euro are not counted."""
    if settings.VAT_OSS == "ALWAYS":
        return True
    sale = money.amount_minor if money.currency == "EUR" else 0
    return sum_union_sales(seller=seller, on=on) + sale > settings.VAT_UNION_THRESHOLD


def _taxing_country(treatment: VatTreatment, country: str) -> str:
    """Whose VAT it is, or would be. At home that is the buyer's own place (La Réunion has another rate than Paris); below the threshold
    the seller's."""
    if treatment in (VatTreatment.DOMESTIC, VatTreatment.FRANCHISE) and not _is_home(country, settings.SELLER_COUNTRY):
        return str(settings.SELLER_COUNTRY)
    return country
