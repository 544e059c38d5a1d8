"""Strict readings of what a stranger sent: base64url, CBOR, JSON. One way to write a thing, or none."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import cbor2

from accounts.age.refusals import RefusalCode, Refused, demand

MAX_BYTES = 64 * 1024
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_MAX_DEPTH = 16


def read_base64url(text: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes of base64url without padding, blanks or stray bits, at most `limit` of them.

    Raises:
        Refused: TOO_LARGE, ENCODING.
    """
    demand(len(text) <= (limit * 4 + 2) // 3, RefusalCode.TOO_LARGE)
    demand(_BASE64URL.fullmatch(text) and len(text) % 4 != 1, RefusalCode.ENCODING)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    demand(write_base64url(data) == text, RefusalCode.ENCODING)
    return data


def write_base64url(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def read_cbor(data: bytes) -> Any:
    """The one CBOR item of `data`: nothing behind it, no key twice, 16 levels at most.

    A tag that cbor2 would turn into an object (a pattern, a fraction, a shared reference, …) is refused, since the EU profile has
    none but 0 (a date) and 24 (encoded CBOR, which stays a `CBORTag`).

    Raises:
        Refused: CBOR.
    """
    stream = BytesIO(data)
    decoder = cbor2.CBORDecoder(stream, max_depth=_MAX_DEPTH, allow_duplicate_keys=False, semantic_decoders=_NO_TAGS)
    try:
        item = decoder.decode()
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise Refused(RefusalCode.CBOR) from error
    demand(stream.tell() == len(data), RefusalCode.CBOR)
    return item


def write_cbor(item: Any) -> bytes:
    """The item as CBOR: definite lengths, shortest heads, keys as they stand."""
    return cbor2.dumps(item)


def write_encoded_cbor(data: bytes) -> bytes:
    """`data` as a tag 24 item: CBOR within CBOR."""
    return b"\xd8\x18" + write_cbor(data)


def read_json_object(text: str | bytes) -> dict[str, Any]:
    """A JSON object without a key twice and without NaN or infinities.

    Raises:
        Refused: JWT.
    """
    try:
        value = json.loads(text, object_pairs_hook=_pairs_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(RefusalCode.JWT) from error
    if not isinstance(value, dict):
        raise Refused(RefusalCode.JWT)
    return value


def _pairs_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _no_tag(_decoder: object) -> Any:
    raise ValueError("this tag has no place in a proof of age")


# All that cbor2 knows how to decode, but 0.
_NO_TAGS: dict[int, Callable[[Any], Any]] = dict.fromkeys(
    (1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 43, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799), _no_tag
)
