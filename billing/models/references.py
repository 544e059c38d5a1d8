"""Numbers of contracts, which people type from paper."""

from __future__ import annotations

import secrets

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def make_reference() -> str:
    """Ten letters and figures that cannot be taken for each other (49 bits)."""
    return "".join(secrets.choice(_LETTERS) for _unused in range(10))
