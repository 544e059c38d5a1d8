"""Signed messages of Airtel, read: `x-key` opens to key and IV, with which `x-signature` opens to the body that was sent."""

from __future__ import annotations

import base64
import functools
import hmac

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from billing.simulators.operators.speech import Call


@functools.cache
def _private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key() -> str:
    """The key of this process, as Airtel gives it: base64 of DER, without lines around it."""
    return base64.b64encode(_private_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def is_signed(call: Call) -> bool:
    """Whether the signature of a call is of exactly its body."""
    try:
        pair = _private_key().decrypt(base64.b64decode(call.header("x-key"), validate=True), padding.PKCS1v15()).decode("ascii")
        key, iv = (base64.b64decode(part, validate=True) for part in pair.split(":"))
        opener = Cipher(algorithms.AES256(key), modes.CBC(iv)).decryptor()
        padded = opener.update(base64.b64decode(call.header("x-signature"), validate=True)) + opener.finalize()
        unpadder = PKCS7(128).unpadder()
        body = unpadder.update(padded) + unpadder.finalize()
    except (ValueError, TypeError):
        return False
    return hmac.compare_digest(body, call.body)
