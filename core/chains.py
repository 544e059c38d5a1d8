"""Chains of MACs: each entry's covers what it says and the MAC of the one before, so that nothing is changed or left out unseen."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from core.clock import to_wire_exact

GENESIS = "0" * 64
_MICROSECOND = timedelta(microseconds=1)


def link(key: bytes, prev_mac: str, values: Iterable[Any]) -> str:
    """The MAC (hex) of an entry that follows one with `prev_mac`. Times count to the microsecond; so do durations, as a number."""
    return hmac.digest(key, prev_mac.encode() + _encode(list(values)).encode(), "sha256").hex()


def plain(value: Any) -> Any:
    """A time or a duration as JSON can say it, always in the same way.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, datetime):
        return to_wire_exact(value)
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    raise TypeError(type(value).__name__)


# Fixed order, no blanks, ASCII: two readers write the same bytes.
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, default=plain).encode
