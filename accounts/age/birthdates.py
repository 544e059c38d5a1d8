"""From a day of birth to yes or no; the day itself is forgotten where it was read."""

from __future__ import annotations

import re
from datetime import date

_ISO = re.compile(r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})-(?P<day>[0-9]{2}))?", re.ASCII)


def is_old_enough(born: date, *, threshold: int, today: date) -> bool:
    """Whether somebody born that day has reached `threshold` years. Who was born on 29 February is a year older on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) >= threshold


def read_birthdate(text: str) -> date:
    """A `birthdate` as OpenID Connect writes it (Core 1.0, 5.1): `YYYY-MM-DD`, or `YYYY`, which counts as the last day of that year.

    Raises:
        ValueError: neither, or the year is left out (`0000`).
    """
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError("no birthdate")
    if found["month"] is None:
        return date(int(found["year"]), 12, 31)
    return date(int(found["year"]), int(found["month"]), int(found["day"]))
