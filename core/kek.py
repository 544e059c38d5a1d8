"""The key that wraps all others (KEK): from the environment or a file, never from a database.

There may be several: the present one (`RESAKA_KEK`), under which everything new is wrapped, and earlier ones (`RESAKA_KEK_OLD`), which
still open what was wrapped before. An id tells which is meant; it follows from the key and tells nothing of it.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

ID_LENGTH = 8


def present() -> bytes:
    """The KEK under which keys are wrapped now."""
    return bytes.fromhex(settings.RESAKA_KEK)


def present_id() -> str:
    """Its id."""
    return id_of(present())


def by_id() -> dict[str, bytes]:
    """All KEKs that this process knows by their ids, the present one first."""
    return {id_of(key): key for key in (present(), *map(bytes.fromhex, settings.RESAKA_KEK_OLD))}


@lru_cache(maxsize=16)
def id_of(key: bytes) -> str:
    """Eight hexadecimal digits that name a KEK."""
    return hashlib.sha256(b"resaka.kek" + key).hexdigest()[:ID_LENGTH]


def derive(label: str) -> list[bytes]:
    """Keys for MACs outside of any database, one a KEK, the present one's first: sign with the first, accept any."""
    return [hmac.digest(key, label.encode(), "sha256") for key in by_id().values()]


def sign(label: str, message: bytes) -> str:
    """The MAC (hex) of a message under the present KEK."""
    return hmac.digest(derive(label)[0], message, "sha256").hex()


def is_signed(label: str, message: bytes, signature: str) -> bool:
    """Whether this house made the signature, under any KEK that it still knows."""
    return any(hmac.compare_digest(hmac.digest(key, message, "sha256").hex().encode(), signature.encode()) for key in derive(label))
