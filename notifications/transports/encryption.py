"""Shutting what is pushed so that the browser alone opens it: Web Push message encryption (RFC 8291) over aes128gcm (RFC 8188).

Whoever carries it sees how long it is, so all are filled up to one length. The example of RFC 8291, appendix A, is a test.
"""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

POINT_BYTES = 65
AUTH_BYTES = 16
_RECORD = 4096
_LAST = b"\x02"


class UnfitKeys(ValueError):
    """What a browser gave as its keys is no point of P-256 and a secret of 16 bytes."""


def check_keys(*, p256dh: bytes, auth: bytes) -> None:
    """Nothing, if a message can be shut for these keys.

    Raises:
        UnfitKeys.
    """
    if len(p256dh) != POINT_BYTES or len(auth) != AUTH_BYTES:
        raise UnfitKeys("length")
    _read_point(p256dh)


def encrypt(
    plaintext: bytes,
    *,
    p256dh: bytes,
    auth: bytes,
    length: int = 0,
    salt: bytes = b"",
    sender: EllipticCurvePrivateKey | None = None,
) -> bytes:
    """One record that opens to `plaintext` with the keys of the browser, filled up with nothing to `length` bytes of plaintext. `salt` and
    `sender` are made anew each time; tests alone give them.

    Raises:
        UnfitKeys.
    """
    sender = sender or generate_private_key(SECP256R1())
    salt = salt or os.urandom(16)
    point = sender.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = sender.exchange(ECDH(), _read_point(p256dh))
    secret = _derive(shared, auth, b"WebPush: info\x00" + p256dh + point, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\x00", 12)
    filled = (plaintext + _LAST).ljust(length + 1, b"\x00")
    return salt + _RECORD.to_bytes(4, "big") + bytes([len(point)]) + point + AESGCM(key).encrypt(nonce, filled, None)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _read_point(raw: bytes) -> EllipticCurvePublicKey:
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw)
    except ValueError as error:
        raise UnfitKeys("no point of P-256") from error
