"""How an authority is known to be one. A forged emergency is the known way of stealing somebody's data, so a request proves nothing by
itself: neither its letterhead, nor the number it gives, nor the address it came from."""

from __future__ import annotations

import re

# Domains under which authorities of France, Madagascar and the Union write. Who writes from elsewhere is confirmed by a second person.
DOMAINS = ("gouv.fr", "justice.fr", "europa.eu", "gov.mg")
_NOT_DIGITS = re.compile(r"\D")
_SAME_END = 8


def is_official(address: str) -> bool:
    """Whether an e-mail address lies under a domain of an authority."""
    domain = address.strip().lower().rpartition("@")[2]
    return any(domain == known or domain.endswith(f".{known}") for known in DOMAINS)


def is_same_number(one: str, other: str) -> bool:
    """Whether two ways of writing a telephone number mean the same line: the last eight digits, whatever stands before them."""
    ends = [_NOT_DIGITS.sub("", number)[-_SAME_END:] for number in (one, other)]
    return ends[0] == ends[1] and ends[0] != ""
