"""Reading what a sender says of itself and what it shut, by the words of the RFCs and not by the house's own code."""

from __future__ import annotations

import base64
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_VAPID = re.compile(r"vapid\s+t=([A-Za-z0-9_.-]+)\s*,\s*k=([A-Za-z0-9_-]+)\Z")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")
_DAY = 86_400
LARGEST = 4096


class Wrong(Exception):
    """The request is refused with this status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class Device:
    """A subscription whose keys the stand-in holds itself, so that it can open what comes."""

    private: ec.EllipticCurvePrivateKey
    auth: bytes

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def open(self, body: bytes) -> bytes:
        """The plaintext of one record of aes128gcm (RFC 8188, 2.1), whose key comes from the two points and the secret (RFC 8291, 3.4)."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        if length != 65 or size < 18 or len(record) > size:
            raise Wrong(400, "header of aes128gcm")
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        ikm = _hkdf(self.auth, shared, b"WebPush: info\x00" + self.point + sender, 32)
        key = _hkdf(salt, ikm, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, ikm, b"Content-Encoding: nonce\x00", 12)
        filled = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\x00")
        if not filled.endswith(b"\x02"):
            raise Wrong(400, "no last record")
        return filled[:-1]


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """One round of RFC 5869, which is enough for 32 bytes."""
    return _mac(_mac(salt, secret), info + b"\x01")[:length]


def _mac(key: bytes, data: bytes) -> bytes:
    made = hmac.HMAC(key, hashes.SHA256())
    made.update(data)
    return made.finalize()


def open_text(device: Device, body: bytes) -> str:
    """What was shut for a device; empty if it does not open."""
    try:
        return device.open(body).decode()
    except (InvalidTag, ValueError, IndexError, Wrong):
        return ""


def check_request(headers: dict[str, str], body: bytes, *, origin: str, key: str) -> None:
    """Nothing, if a push service would take it; `key` is the one that the subscription was made for, if any.

    Raises:
        Wrong.
    """
    if not headers.get("ttl", "").isdigit():
        raise Wrong(400, "TTL")
    if headers.get("content-encoding") != "aes128gcm":
        raise Wrong(400, "Content-Encoding")
    if "topic" in headers and not _TOPIC.match(headers["topic"]):
        raise Wrong(400, "Topic")
    if headers.get("urgency", "normal") not in {"very-low", "low", "normal", "high"}:
        raise Wrong(400, "Urgency")
    if len(body) > LARGEST:
        raise Wrong(413, "body")
    check_sender(headers.get("authorization", ""), origin=origin, key=key)


def check_sender(said: str, *, origin: str, key: str) -> None:
    """The token of RFC 8292.

    Raises:
        Wrong.
    """
    found = _VAPID.match(said)
    if not found:
        raise Wrong(401, "Authorization")
    token, theirs = found[1], found[2]
    if key and theirs != key:
        raise Wrong(403, "VapidPkHashMismatch")
    claims = _open_token(token, theirs)
    if claims.get("aud") != origin:
        raise Wrong(403, f"aud {claims.get('aud')}")
    left = claims.get("exp", 0) - time.time()
    if not 0 < left <= _DAY:
        raise Wrong(403, f"exp in {left:.0f} s")
    if not str(claims.get("sub", "")).startswith(("mailto:", "https://")):
        raise Wrong(403, "BadJwtToken")


def _open_token(token: str, key: str) -> dict[str, Any]:
    try:
        head, claims, signature = token.split(".")
        raw = from_base64url(signature)
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(key))
        shaped = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        public.verify(shaped, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        if json.loads(from_base64url(head)).get("alg") != "ES256" or len(raw) != 64:
            raise Wrong(401, "alg")
        found: dict[str, Any] = json.loads(from_base64url(claims))
    except (ValueError, InvalidSignature) as error:
        raise Wrong(401, f"token: {type(error).__name__}") from error
    return found
