"""Ariary as the operators write them: whole, or with decimals that are nought. Any other fraction is no amount."""

from __future__ import annotations

import re

from core.money import Money

MGA = "MGA"
# What MVola, and Orange and Airtel, call the same currency. Orange's sandbox has one of its own, OUV, which is never stored.
SPELLINGS = frozenset({"Ar", "MGA"})
_WHOLE = re.compile(r"([0-9]{1,12})(?:[.,]0{1,2})?", re.ASCII)


def read_ariary(amount: object, currency: object = MGA) -> Money | None:
    """ "1000", "1000.00" or 1000 as money; None for a fraction, a sign, an exponent or another currency."""
    if isinstance(amount, bool) or currency not in SPELLINGS:
        return None
    found = _WHOLE.fullmatch(str(amount))
    return Money(int(found[1]), MGA) if found else None
