"""Amounts of money: whole minor units of one currency, never a fraction of them."""

from __future__ import annotations

from dataclasses import dataclass

# How many decimals people write. ISO 4217 gives the ariary two; nobody uses them, nor do Stripe and CLDR. PTS are points, not money.
EXPONENTS = {"MGA": 0, "KMF": 0, "EUR": 2, "USD": 2, "MUR": 2, "SCR": 2, "PTS": 0}


class UnknownCurrency(ValueError):
    """A currency outside of the table."""


class MixedCurrencies(ValueError):
    """Two currencies in one sum."""


@dataclass(frozen=True, slots=True)
class Money:
    """`amount_minor` of the smallest unit of `currency`; may be negative.

    Raises:
        UnknownCurrency.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise UnknownCurrency(self.currency)
        if type(self.amount_minor) is not int:
            raise TypeError("minor units are whole")

    def __add__(self, other: Money) -> Money:
        self._refuse_other(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._refuse_other(other)
        return self.amount_minor < other.amount_minor

    def __le__(self, other: Money) -> bool:
        return self == other or self < other

    def _refuse_other(self, other: Money) -> None:
        if self.currency != other.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency}")
