"""Signed messages of Airtel, where they are demanded (Zambia; Madagascar unverified): the body encrypted under a key of the moment, and
that key encrypted for Airtel.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_der_public_key


class BadKey(ValueError):
    """What Airtel gave is no RSA key."""


def read_key(text: object) -> RSAPublicKey:
    """A key as `GET /v1/rsa/encryption-keys` gives it: base64 of DER, bare.

    Raises:
        BadKey.
    """
    try:
        key = load_der_public_key(base64.b64decode(str(text), validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey("no key") from error
    if not isinstance(key, RSAPublicKey):
        raise BadKey("no RSA key")
    return key


def sign(body: bytes, key: RSAPublicKey) -> dict[str, str]:
    """The two headers that go with exactly this body."""
    secret, start = os.urandom(32), os.urandom(16)
    padder = PKCS7(128).padder()
    padded = padder.update(body) + padder.finalize()
    cipher = Cipher(algorithms.AES256(secret), modes.CBC(start)).encryptor()
    pair = b":".join(base64.b64encode(part) for part in (secret, start))
    return {
        "x-signature": base64.b64encode(cipher.update(padded) + cipher.finalize()).decode(),
        "x-key": base64.b64encode(key.encrypt(pair, padding.PKCS1v15())).decode(),
    }
