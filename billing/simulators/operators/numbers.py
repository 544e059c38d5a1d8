"""Telephone numbers as the operators write them."""

from __future__ import annotations

import re

_NATIONAL = re.compile(r"0?(3[2-9][0-9]{7})")


def read_number(text: object) -> str:
    """A number of Madagascar in its national form, 0340000003; nothing for all else."""
    digits = re.sub(r"[\s.+-]", "", str(text))
    found = _NATIONAL.fullmatch(digits.removeprefix("261"))
    return f"0{found[1]}" if found else ""
