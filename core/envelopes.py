"""Files for others, shut so that only they open them, in a format that every OpenSSL opens: CMS EnvelopedData (RFC 5652).

With a certificate the key of the content goes to its RSA key; with a passphrase it is wrapped as RFC 3211 says under PBKDF2. The content
is AES-256-CBC, which does not notice changes: whoever opens checks the signature over the envelope first (`core.signatures`).
"""

from __future__ import annotations

import hashlib
import os
import secrets

from asn1crypto import algos, cms, core, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding

_ROUNDS = 600_000
_PWRI_KEK = "1.2.840.113549.1.9.16.3.9"
_AES256_CBC = "2.16.840.1.101.3.4.1.42"
_BLOCK = 16
_SMALLEST_RSA = 2048
# Read aloud over the telephone: without 0 O, 1 I L, 5 S, 8 B and vowels that make words.
_SIGNS = "234679CDFGHJKMNPQRTVWXYZ"


class CertificateUnfit(ValueError):
    """No X.509 certificate in PEM, or not one of an RSA key of 2048 bits or more."""


class _Wrapping(core.Sequence):  # type: ignore[misc]  # asn1crypto is untyped
    """An algorithm that asn1crypto does not know in this place."""

    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]


class _Password(core.Sequence):  # type: ignore[misc]  # PasswordRecipientInfo with the wrapping of RFC 3211
    _fields = [
        ("version", cms.CMSVersion),
        ("key_derivation_algorithm", algos.KdfAlgorithm, {"implicit": 0}),
        ("key_encryption_algorithm", _Wrapping),
        ("encrypted_key", core.OctetString),
    ]


def new_passphrase() -> str:
    """Eight groups of four signs that cannot be mistaken for each other: 146 random bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _sign in range(4)) for _group in range(8))


def enclose_for_passphrase(data: bytes, *, passphrase: str) -> bytes:
    """An envelope (DER) that `openssl cms -decrypt -pwri_password` opens."""
    key, salt, iv = os.urandom(32), os.urandom(16), os.urandom(_BLOCK)
    kek = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=_ROUNDS).derive(passphrase.encode())
    prf = {"algorithm": "sha256"}
    derivation = algos.KdfAlgorithm(
        {"algorithm": "pbkdf2", "parameters": {"salt": algos.Pbkdf2Salt("specified", salt), "iteration_count": _ROUNDS, "prf": prf}}
    )
    inner = _Wrapping({"algorithm": _AES256_CBC, "parameters": core.Any(core.OctetString(iv))})
    wrapping = _Wrapping({"algorithm": _PWRI_KEK, "parameters": core.Any(inner)})
    info = _Password(
        {
            "version": "v0",
            "key_derivation_algorithm": derivation,
            "key_encryption_algorithm": wrapping,
            "encrypted_key": _wrap_twice(key, kek, iv),
        }
    )
    return _envelope(data, key, cms.RecipientInfo("pwri", cms.PasswordRecipientInfo.load(info.dump())), version="v3")


def enclose_for_certificate(data: bytes, *, pem: str) -> bytes:
    """An envelope (DER) that the owner of the certificate opens with `openssl cms -decrypt -inkey`.

    Raises:
        CertificateUnfit.
    """
    found = _load(pem)
    public = found.public_key()
    assert isinstance(public, RSAPublicKey)
    key = os.urandom(32)
    theirs = x509.Certificate.load(found.public_bytes(Encoding.DER))
    issuer = cms.IssuerAndSerialNumber({"issuer": theirs.issuer, "serial_number": theirs.serial_number})
    oaep = algos.RSAESOAEPParams(
        {
            "hash_algorithm": {"algorithm": "sha256"},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
        }
    )
    info = cms.KeyTransRecipientInfo(
        {
            "version": "v0",
            "rid": cms.RecipientIdentifier("issuer_and_serial_number", issuer),
            "key_encryption_algorithm": {"algorithm": "rsaes_oaep", "parameters": oaep},
            "encrypted_key": public.encrypt(key, OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None)),
        }
    )
    return _envelope(data, key, cms.RecipientInfo("ktri", info), version="v0")


def fingerprint_of(pem: str) -> str:
    """SHA-256 (hex) of a certificate, as its owner reads it out.

    Raises:
        CertificateUnfit.
    """
    return hashlib.sha256(_load(pem).public_bytes(Encoding.DER)).hexdigest()


def _load(pem: str) -> certificates.Certificate:
    try:
        found = certificates.load_pem_x509_certificate(pem.strip().encode())
        public = found.public_key()
    except (ValueError, TypeError) as error:
        raise CertificateUnfit from error
    if not isinstance(public, RSAPublicKey) or public.key_size < _SMALLEST_RSA:
        raise CertificateUnfit
    return found


def _envelope(data: bytes, key: bytes, recipient: cms.RecipientInfo, *, version: str) -> bytes:
    iv = os.urandom(_BLOCK)
    padder, cipher = PKCS7(_BLOCK * 8).padder(), Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    shut = cipher.update(padder.update(data) + padder.finalize()) + cipher.finalize()
    content = {
        "content_type": "data",
        "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": iv},
        "encrypted_content": shut,
    }
    enveloped = cms.EnvelopedData({"version": version, "recipient_infos": [recipient], "encrypted_content_info": content})
    made: bytes = cms.ContentInfo({"content_type": "enveloped_data", "content": enveloped}).dump()
    return made


def _wrap_twice(key: bytes, kek: bytes, iv: bytes) -> bytes:
    """RFC 3211, 2.3.1: length, check bytes, key, padding; encrypted, then once more with the last block as the start."""
    block = bytes([len(key)]) + bytes(byte ^ 0xFF for byte in key[:3]) + key
    block += os.urandom(-len(block) % _BLOCK)
    first = Cipher(algorithms.AES(kek), modes.CBC(iv)).encryptor()
    once = first.update(block) + first.finalize()
    second = Cipher(algorithms.AES(kek), modes.CBC(once[-_BLOCK:])).encryptor()
    return second.update(once) + second.finalize()
