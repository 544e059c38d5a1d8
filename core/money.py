"""Amounts of money: whole minor units of one currency, never a fraction of them.

No float and no Decimal: what cannot be said in whole minor units is refused where it comes in. The table below alone decides how many
decimals an amount has. ISO 4217 gives the ariary two, and libraries that believe it store hundredths that nobody can pay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# How many decimals people write; also what Stripe and CLDR say. PTS are points, not money.
EXPONENTS = {"MGA": 0, "KMF": 0, "EUR": 2, "USD": 2, "MUR": 2, "SCR": 2, "PTS": 0}
POINTS = "PTS"
# More than anybody pays, and a thousand times less than what a column of the database holds: a sum of entries cannot overflow.
LARGEST = 10**15

_SYMBOLS = {"MGA": "Ar", "KMF": "FC", "EUR": "€", "USD": "$", "MUR": "Rs", "SCR": "SR", "PTS": "pts"}
_NO_BREAK, _NARROW = "\u00a0", "\u202f"
# Digits of ASCII alone: `\d` would take those of other scripts. Groups of three, parted by a space that people or `format_money` write.
_WRITTEN = re.compile(r"(-?)([0-9]+|[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+)(?:[.,]([0-9]+))?")


class UnknownCurrency(ValueError):
    """A currency outside of the table."""


class MixedCurrencies(ValueError):
    """Two currencies in one sum."""


class NotAnAmount(ValueError):
    """A text that says no amount of this currency: no number, more decimals than it has, or too large."""


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

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """What somebody wrote: "1234", "1 234,50", "12.5" (which is 12,50), "-3". A comma and a point both part decimals, never groups.

        Raises:
            UnknownCurrency.
            NotAnAmount: anything else, as "1e3", "NaN", "+5", "--5", "1,234.50", "0,001" of EUR or "1.0" of MGA.
        """
        if currency not in EXPONENTS:
            raise UnknownCurrency(currency)
        found = _WRITTEN.fullmatch(text.strip(" "))
        if found is None:
            raise NotAnAmount(text[:40])
        sign, whole, decimals = found[1], re.sub("[^0-9]", "", found[2]), found[3] or ""
        exponent = EXPONENTS[currency]
        if len(decimals) > exponent or len(whole) > len(str(LARGEST)):
            raise NotAnAmount(text[:40])
        minor = int(whole + decimals.ljust(exponent, "0"))
        if minor > LARGEST or (sign and not minor):
            raise NotAnAmount(text[:40])
        return cls(-minor if sign else minor, currency)

    @property
    def plain(self) -> str:
        """The amount as programs write it, with all its decimals and a point: "1234.50", "-0.05", "500"."""
        return _signed(self, "", ".")

    def allocate(self, ratios: Sequence[int]) -> list[Money]:
        """Parts in these ratios that sum up to the whole. What does not divide goes, a unit each, to the parts that lost most of it; to
        the earlier one among equals.

        Raises:
            ValueError: no ratios, a negative one, or all nought.
        """
        total = sum(ratios)
        if total <= 0 or min(ratios) < 0:
            raise ValueError("ratios are whole, not negative, and not all nought")
        size, sign = abs(self.amount_minor), -1 if self.amount_minor < 0 else 1
        parts = [size * ratio // total for ratio in ratios]
        by_loss = sorted(range(len(parts)), key=lambda place: -(size * ratios[place] % total))
        for place in by_loss[: size - sum(parts)]:
            parts[place] += 1
        return [Money(sign * part, self.currency) for part in parts]

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


def format_money(money: Money, language: str) -> str:
    """An amount as readers of a language write it, on one line: "1 234,50 €" in French and Malagasy, "€1,234.50" and "Ar 1,234" in
    English. Babel knows neither the ariary's sign in French nor Malagasy at all."""
    symbol = _SYMBOLS[money.currency]
    if not language.startswith("en"):
        return _signed(money, _NARROW, ",") + _NO_BREAK + symbol
    number = _signed(money, ",", ".")
    if money.currency == POINTS:
        return number + _NO_BREAK + symbol
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    return sign + symbol + (_NO_BREAK if symbol.isalpha() else "") + digits


def _signed(money: Money, group: str, point: str) -> str:
    exponent = EXPONENTS[money.currency]
    whole, part = divmod(abs(money.amount_minor), 10**exponent)
    text = f"{whole:,}".replace(",", group)
    decimals = f"{point}{part:0{exponent}}" if exponent else ""
    return f"{'-' if money.amount_minor < 0 else ''}{text}{decimals}"
