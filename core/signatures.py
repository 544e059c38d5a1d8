"""Signatures of the house that anybody checks with OpenSSL: Ed25519, the key derived from the key store and written nowhere else."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.sealing import mac_key

_SCOPE = "signature"


def sign(data: bytes) -> bytes:
    """The 64 bytes that `openssl pkeyutl -verify -rawin` checks over `data`."""
    return _key().sign(data)


def is_signed(data: bytes, signature: bytes) -> bool:
    """Whether this house has signed exactly that."""
    try:
        _key().public_key().verify(signature, data)
    except InvalidSignature:
        return False
    return True


def public_key() -> bytes:
    """The public key (PEM) with which signatures are checked."""
    return _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_fingerprint() -> str:
    """SHA-256 (hex) of the public key in DER, to be read out over another channel."""
    return hashlib.sha256(_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(mac_key(_SCOPE)[1])
