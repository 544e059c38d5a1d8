"""Ids that leave the house, and ids that come in from clients."""

from __future__ import annotations

import re
import secrets
import uuid

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
PUBLIC_ID_LENGTH = 20
PUBLIC_ID_PATTERN = re.compile(r"[a-z2-7]{20}\Z")


def new_public_id() -> str:
    """A fresh outward id: 20 base32 characters, 100 random bits, safe in URLs and on case-folding databases."""
    bits = secrets.randbits(100)
    return "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(0, 100, 5))


def is_public_id(value: object) -> bool:
    """Whether `value` has the shape of a public id; says nothing of its existence."""
    return isinstance(value, str) and PUBLIC_ID_PATTERN.match(value) is not None


class BadClientId(ValueError):
    """The client's id is not the text of a UUID."""


def parse_client_id(value: object) -> uuid.UUID:
    """The UUID a client gave to its own message.

    Raises:
        BadClientId: not a string in the 36-character form.
    """
    if not isinstance(value, str) or len(value) != 36:
        raise BadClientId(repr(value)[:60])
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise BadClientId(value) from error


def new_client_id(now_ms: int) -> str:
    """A UUIDv7 text (RFC 9562) for forms that the server renders; `now_ms` is Unix time in milliseconds."""
    value = (now_ms & ((1 << 48) - 1)) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
