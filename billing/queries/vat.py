"""How a sum is taxed: the rates in force, and under which rule a sale falls.

Prices to consumers hold the tax. Where electronic services are taxed (directive 2006/112/CE, articles 44, 58, 59 quater, 196): to a
company of another state of the Union with a number that the register knows, not at all (it pays itself); to a consumer of another state,
there, once the seller has sold more than 10 000 € a year beyond its border (below, at the seller's place); outside of the Union, only where
the seller is registered. A seller in France within the exemption of CGI article 293 B charges none. Read by no counsel yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.cache import cache
from django.db.models import Sum

from billing.enums import InvoiceKind, UnionCountry, VatTreatment
from billing.models import Invoice, VatRule
from billing.models.rates import RATES, STANDARD
from core.money import Money

# Where the VAT of France is charged, at rates of their own; Monaco has that of France itself (CGI article 256-0).
FRENCH = frozenset({"FR", "GP", "MQ", "RE", "GF", "YT"})
_FREE = (VatTreatment.REVERSE_CHARGE, VatTreatment.OUT_OF_SCOPE, VatTreatment.FRANCHISE)
_SUM, _REMEMBERED = "billing.union_sales", 600  # seconds, should a process forget to say that it sold something


class NoVatRule(LookupError):
    """Nobody said how a country taxes."""


@dataclass(frozen=True, slots=True)
class VatSplit:
    """A price with its VAT taken apart: `net` + `vat` is the price. `country` is the one whose VAT it is (or would be), `rate_bp` are
    hundredths of a percent."""

    net: Money
    vat: Money
    rate_bp: int
    country: str
    treatment: VatTreatment = VatTreatment.DOMESTIC


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
    if is_home(country, seller):
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


def is_home(country: str, seller: str) -> bool:
    """Whether a sale there falls under the law of the seller's own country; that of France holds in its overseas departments too."""
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
    if treatment in (VatTreatment.DOMESTIC, VatTreatment.FRANCHISE) and not is_home(country, settings.SELLER_COUNTRY):
        return str(settings.SELLER_COUNTRY)
    return country


def find_rate(*, country: str, kind: str, on: date) -> int:
    """The rate of a country on a day, in hundredths of a percent: that of the kind of sale, or its standard rate.

    The table wins; for a country it says nothing of, the rates that ship hold, so that a sale never fails for want of a row.

    Raises:
        NoVatRule.
    """
    rows = VatRule.objects.filter(country=country, kind__in={kind, STANDARD}, valid_from__lte=on)
    found = [(row.kind == kind, row.valid_from, row.rate_bp) for row in rows]
    shipped = [(False, since, rate) for place, rate, since in RATES if place == country and since <= on]
    best = max(found or shipped, default=None)
    if best is None:
        raise NoVatRule(f"{country} on {on}")
    return best[2]


def sum_union_sales(*, seller: str, on: date) -> int:
    """Cents of euros, without VAT, sold to consumers in other states of the Union: the larger of this year and the last. What came back
    is taken off. Remembered until the next such sale."""
    found = cache.get(_SUM)
    if found is None or found[0] != on.year:
        found = (on.year, max(_sum_year(seller, on.year), _sum_year(seller, on.year - 1)))
        cache.set(_SUM, found, _REMEMBERED)
    return int(found[1])


def forget_union_sales() -> None:
    """Count again at the next question: something was sold."""
    cache.delete(_SUM)


def _sum_year(seller: str, year: int) -> int:
    taxed = (VatTreatment.DOMESTIC, VatTreatment.DESTINATION, VatTreatment.FRANCHISE)
    rows = Invoice.objects.filter(treatment__in=taxed, year=year, currency="EUR", buyer_country__in=UnionCountry.values)
    of_kind = {row["kind"]: row["sum"] for row in rows.exclude(buyer_country=seller).values("kind").annotate(sum=Sum("net_minor"))}
    return int(of_kind.get(InvoiceKind.INVOICE, 0) - of_kind.get(InvoiceKind.CREDIT_NOTE, 0))
