"""Telling a push service who sends: VAPID (RFC 8292), a token signed with ES256 under a key that the browser was given too.

Two keys may live: the one that browsers are given now, and the one before, under which some have subscribed and not come back since.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

# A token is good for 12 to 13 hours and kept for one; push services take none of more than 24.
_HOUR = 3600
_HOURS = 13


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the house: `public` is what a browser is given, `key_id` how rows name it."""

    number: int
    public: str

    @property
    def key_id(self) -> str:
        """Twelve characters that name the key and tell nothing of it."""
        return hashlib.sha256(self.public.encode()).hexdigest()[:12]


def current_key() -> Key | None:
    """What browsers are given now; None where nothing is pushed to browsers."""
    return _make(settings.VAPID_KEYS[0]) if settings.VAPID_KEYS else None


def find_key(*, key_id: str = "", public: str = "") -> Key | None:
    """The living key of that name, or with that public half."""
    keys = (_make(number) for number in settings.VAPID_KEYS)
    return next((key for key in keys if key_id == key.key_id or public == key.public), None)


def authorize(key: Key, *, origin: str, now: datetime) -> str:
    """The value of the header Authorization for a push service, `origin` being its scheme and host."""
    return f"vapid t={_sign(key.number, origin, settings.VAPID_SUBJECT, int(now.timestamp()) // _HOUR)}, k={key.public}"


def write_base64url(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def write_part(data: Any) -> str:
    """A part of a JSON Web Token."""
    return write_base64url(json.dumps(data, separators=(",", ":")).encode())


@functools.lru_cache(maxsize=8)
def _make(number: int) -> Key:
    point = _private(number).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return Key(number, write_base64url(point))


@functools.lru_cache(maxsize=64)
def _sign(number: int, origin: str, subject: str, hour: int) -> str:
    head, claims = {"typ": "JWT", "alg": "ES256"}, {"aud": origin, "exp": (hour + _HOURS) * _HOUR, "sub": subject}
    signed = f"{write_part(head)}.{write_part(claims)}"
    r, s = decode_dss_signature(_private(number).sign(signed.encode(), ECDSA(SHA256())))
    return f"{signed}.{write_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _private(number: int) -> EllipticCurvePrivateKey:
    return derive_private_key(number, SECP256R1())
