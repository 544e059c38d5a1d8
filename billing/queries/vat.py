"""How a sum is taxed: the rates in force, and what was sold within the European Union this year and the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.cache import cache
from django.db.models import Sum

from billing.enums import InvoiceKind, UnionCountry, VatTreatment
from billing.models import Invoice, VatRule
from billing.models.rates import RATES, STANDARD
from core.money import Money

_REMEMBERED = 600  # seconds; a sale or two more below the threshold change nothing that is owed


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
    is taken off. Remembered for ten minutes."""
    key = f"billing.union_sales.{on.year}"
    found = cache.get(key)
    if found is None:
        found = max(_sum_year(seller, on.year), _sum_year(seller, on.year - 1))
        cache.set(key, found, _REMEMBERED)
    return int(found)


def _sum_year(seller: str, year: int) -> int:
    taxed = (VatTreatment.DOMESTIC, VatTreatment.DESTINATION, VatTreatment.FRANCHISE)
    rows = Invoice.objects.filter(treatment__in=taxed, year=year, currency="EUR", buyer_country__in=UnionCountry.values)
    of_kind = {row["kind"]: row["sum"] for row in rows.exclude(buyer_country=seller).values("kind").annotate(sum=Sum("net_minor"))}
    return int(of_kind.get(InvoiceKind.INVOICE, 0) - of_kind.get(InvoiceKind.CREDIT_NOTE, 0))
