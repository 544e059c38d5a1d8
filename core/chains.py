"""Chains of MACs: each entry's covers what it says and the MAC of the one before, so that nothing is changed or left out unseen."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from json.encoder import encode_basestring_ascii
from typing import Any

from core.clock import to_wire_exact

GENESIS = "0" * 64
_MICROSECOND = timedelta(microseconds=1)


def begin(key: bytes) -> hmac.HMAC:
    """The key made ready for many entries: to set it up for each takes longer than to hash one."""
    return hmac.new(key, digestmod="sha256")


def link(begun: hmac.HMAC, prev_mac: str, values: Iterable[Any]) -> str:
    """The MAC (hex) of an entry that follows one with `prev_mac`: of the values as a list in JSON, in ASCII and without blanks, so that two
    readers write the same bytes. Times count to the microsecond; so do durations, as a number."""
    mac = begun.copy()
    mac.update(f"{prev_mac}[{','.join([_write(value) for value in values])}]".encode())
    return mac.hexdigest()


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


def _write(value: Any) -> str:
    """Most values are texts, and the encoder of a whole list takes twice as long as the quoting of each."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    return str(value) if type(value) is int else _encode(value)


_encode = json.JSONEncoder(default=plain).encode
