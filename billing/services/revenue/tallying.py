"""What one posting earns, by source and currency: read from the codes of its accounts alone. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from billing.enums import Purpose, RevenueSource
from core.money import Money

Line = tuple[str, int]

_OF_PURPOSE: Mapping[str, RevenueSource] = {
    Purpose.SUBSCRIPTION: RevenueSource.SUBSCRIPTION,
    Purpose.PARTNER_PLAN: RevenueSource.PARTNER_PLAN,
    Purpose.AD_CAMPAIGN: RevenueSource.ADS,
    Purpose.ORDER: RevenueSource.COMMISSION,
    Purpose.BOOKING: RevenueSource.COMMISSION,
}
_PARTNERS = frozenset({"payable", "payable_pending"})
_PAYOUT = "PAYOUT"


@dataclass(frozen=True, slots=True)
class Earned:
    """In minor units of one currency. `gross` and `refunds` hold the tax; `vat` is what is left of it."""

    gross: int = 0
    refunds: int = 0
    vat: int = 0
    fees: int = 0
    partners: int = 0

    def __add__(self, other: Earned) -> Earned:
        return Earned(
            self.gross + other.gross,
            self.refunds + other.refunds,
            self.vat + other.vat,
            self.fees + other.fees,
            self.partners + other.partners,
        )

    @property
    def net(self) -> int:
        """What is left: without tax, fees, and what went back."""
        return self.gross - self.refunds - self.vat - self.fees


def tally(kind: str, lines: Iterable[Line]) -> dict[tuple[RevenueSource, str], Earned]:
    """What a posting of this kind with these lines (account code, credit positive) earns; nothing for one that only moves money."""
    by_currency: dict[str, list[Line]] = defaultdict(list)
    for code, amount in lines:
        by_currency[code.rpartition(":")[2]].append((code, amount))
    return {
        (source, currency): earned
        for currency, some in by_currency.items()
        for source, earned in _tally_currency(kind, some, currency).items()
    }


def _tally_currency(kind: str, lines: list[Line], currency: str) -> dict[RevenueSource, Earned]:
    revenue: dict[RevenueSource, int] = defaultdict(int)
    for code, amount in lines:
        if code.startswith("revenue:"):
            revenue[_source_of(code.split(":")[1])] += amount
    vat = _sum(lines, {"vat"})
    rest = Earned(fees=-_sum(lines, {"fees"}), partners=0 if kind.startswith(_PAYOUT) else _sum(lines, _PARTNERS))
    if not revenue and vat == 0 and rest == Earned():
        return {}
    sources = list(revenue) or [_of_kind(kind)]
    earned = {
        source: _sold(revenue[source], part)
        for source, part in zip(sources, _part(vat, [revenue[one] for one in sources], currency), strict=True)
    }
    earned[sources[0]] += rest
    return earned


def _sold(net: int, vat: int) -> Earned:
    whole = net + vat
    return Earned(gross=max(whole, 0), refunds=max(-whole, 0), vat=vat)


def _part(vat: int, revenue: list[int], currency: str) -> list[int]:
    """The tax of a posting on its sources, in proportion to what each earned."""
    weights = [abs(one) for one in revenue]
    return [part.amount_minor for part in Money(vat, currency).allocate(weights if any(weights) else [1] * len(weights))]


def _sum(lines: list[Line], words: Iterable[str]) -> int:
    return sum(amount for code, amount in lines if code.partition(":")[0] in words)


def _source_of(word: str) -> RevenueSource:
    return RevenueSource(word.upper()) if word.upper() in RevenueSource.values else RevenueSource.OTHER


def _of_kind(kind: str) -> RevenueSource:
    """A fee says in its kind for what was paid (billing.services.reconciliation.booking)."""
    return _OF_PURPOSE.get(kind.removeprefix("FEE_"), RevenueSource.OTHER)
