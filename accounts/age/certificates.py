"""Certificate chains of issuers: read, checked, and anchored in the trusted list.

Key usage and its relatives are read with asn1crypto: the EU reference issuer's certificates carry a mis-encoded issuerAltName, on
which `cryptography` raises for all extensions at once. Signatures, keys and dates are read with `cryptography`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from accounts.age.refusals import RefusalCode, Refused, demand, nothing_else_escapes

MAX_CHAIN = 3
_MAX_CERTIFICATE = 8 * 1024

# id-eudi-iso-pid-kp-DS (the EU reference issuer) and id-mdl-kp-mdlDS (ISO 18013-5).
SIGNER_PURPOSES = frozenset({"1.3.130.2.0.0.1.2", "1.0.18013.5.1.2"})
# Extensions that may be critical, because they are read here; any other critical one must be refused (RFC 5280, 4.2).
_UNDERSTOOD = frozenset({"basic_constraints", "key_usage", "extended_key_usage"})
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_LEAST_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class Anchor:
    """One certificate of the trusted list. An anchor that is not `granted` is kept so that the refusal can say so."""

    certificate: bytes
    fingerprint: str
    country: str
    granted: bool = True
    organisation: str = ""

    @classmethod
    def of(cls, certificate: bytes, *, country: str, granted: bool = True) -> Anchor:
        """The anchor of a DER certificate; the fingerprint is its SHA-256 in lower-case hex."""
        return cls(certificate, hashlib.sha256(certificate).hexdigest(), country, granted)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as this app reads it: plain facts, so that threads may share it."""

    der: bytes
    fingerprint: str
    x509: x509.Certificate
    start: datetime
    end: datetime
    subject: bytes
    issuer: bytes
    usages: frozenset[str]
    purposes: frozenset[str]  # extended key usages as dotted numbers
    critical: frozenset[str]
    is_ca: bool
    path_length: int | None

    def holds_at(self, moment: datetime) -> bool:
        """Whether `moment` lies in the certificate's validity."""
        return self.start <= moment <= self.end

    def may_sign_certificates(self, *, below: int) -> bool:
        """Whether this is a CA that may stand above `below` intermediate certificates."""
        return self.is_ca and "key_cert_sign" in self.usages and (self.path_length is None or below <= self.path_length)

    def is_issued_by(self, issuer: Certificate) -> bool:
        """Whether `issuer` bears this certificate's issuer name and signed it, with a hash and a key of today."""
        if self.issuer != issuer.subject or not isinstance(self.x509.signature_hash_algorithm, _HASHES):
            return False
        key = issuer.x509.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) and not (isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS):
            return False
        try:
            self.x509.verify_directly_issued_by(issuer.x509)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True


def read_certificate(der: bytes) -> Certificate:
    """A DER certificate.

    Raises:
        Refused: CHAIN, also for a critical extension that is not understood here.
    """
    demand(len(der) <= _MAX_CERTIFICATE, RefusalCode.CHAIN)
    with nothing_else_escapes(RefusalCode.CHAIN):
        certificate = _read(der)
        demand(certificate.critical <= _UNDERSTOOD, RefusalCode.CHAIN)
        # The one part that no signature covers: the count of unused bits before the signature itself, 0 in whole bytes.
        demand(der.endswith(b"\x00" + certificate.x509.signature), RefusalCode.CHAIN)
        return certificate


@lru_cache(maxsize=256)
def _read(der: bytes) -> Certificate:
    """Anchors and signers are few and come back with every proof. Nothing is judged here, so the cache lets nobody in."""
    found = asn1.Certificate.load(der, strict=True)
    certificate = x509.load_der_x509_certificate(der)
    constraints, usages, purposes = found.basic_constraints_value, found.key_usage_value, found.extended_key_usage_value
    path_length = constraints["path_len_constraint"].native if constraints is not None else None
    return Certificate(
        der=der,
        fingerprint=hashlib.sha256(der).hexdigest(),
        x509=certificate,
        start=certificate.not_valid_before_utc,
        end=certificate.not_valid_after_utc,
        subject=found.subject.dump(),
        issuer=found.issuer.dump(),
        usages=frozenset(usages.native) if usages is not None else frozenset(),
        purposes=frozenset(purpose.dotted for purpose in purposes) if purposes is not None else frozenset(),
        critical=frozenset(found.critical_extensions),
        is_ca=constraints is not None and bool(constraints["ca"].native),
        path_length=None if path_length is None else int(path_length),
    )


def read_chain(ders: Sequence[bytes], *, now: datetime) -> list[Certificate]:
    """One to three certificates, the signer's first, each issued by the next, each in its validity at `now`.

    Raises:
        Refused: CHAIN, CERT_VALIDITY.
    """
    demand(1 <= len(ders) <= MAX_CHAIN, RefusalCode.CHAIN)
    chain = [read_certificate(der) for der in ders]
    with nothing_else_escapes(RefusalCode.CHAIN):
        demand(all(certificate.holds_at(now) for certificate in chain), RefusalCode.CERT_VALIDITY)
        for place, issuer in enumerate(chain[1:]):
            demand(issuer.may_sign_certificates(below=place), RefusalCode.CHAIN)
            demand(chain[place].is_issued_by(issuer), RefusalCode.CHAIN)
    return chain


def find_anchor(chain: Sequence[Certificate], anchors: Sequence[Anchor], *, now: datetime) -> Anchor:
    """The anchor that vouches for the chain: it is one of its certificates, or a CA that signed its last one.

    Raises:
        Refused: UNTRUSTED_ISSUER; ISSUER_WITHDRAWN or ANCHOR_VALIDITY when only such anchors vouch. A certificate of the chain that was
            itself withdrawn is ISSUER_WITHDRAWN, whoever stands above it.
    """
    withdrawn = {anchor.fingerprint for anchor in anchors if not anchor.granted}
    demand(not any(certificate.fingerprint in withdrawn for certificate in chain), RefusalCode.ISSUER_WITHDRAWN)
    vouching = [anchor for anchor in anchors if _vouches(anchor, chain)]
    demand(vouching, RefusalCode.UNTRUSTED_ISSUER)
    granted = [anchor for anchor in vouching if anchor.granted]
    demand(granted, RefusalCode.ISSUER_WITHDRAWN)
    for anchor in granted:
        authority = _read_anchor(anchor.certificate)
        if authority is not None and authority.holds_at(now):
            return anchor
    raise Refused(RefusalCode.ANCHOR_VALIDITY)


def check_signer(signer: Certificate, *, purposes: frozenset[str] = SIGNER_PURPOSES) -> ec.EllipticCurvePublicKey:
    """The P-256 key of a certificate that may sign attestations, and no certificates.

    Raises:
        Refused: KEY_USAGE, EKU, CURVE.
    """
    with nothing_else_escapes(RefusalCode.KEY_USAGE):
        demand("digital_signature" in signer.usages and "key_cert_sign" not in signer.usages, RefusalCode.KEY_USAGE)
        demand(signer.purposes & purposes, RefusalCode.EKU)
    with nothing_else_escapes(RefusalCode.CURVE):
        key = signer.x509.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Refused(RefusalCode.CURVE)
        return key


def _vouches(anchor: Anchor, chain: Sequence[Certificate]) -> bool:
    if any(certificate.fingerprint == anchor.fingerprint for certificate in chain):
        return True
    last, authority = chain[-1], _read_anchor(anchor.certificate)
    if authority is None:
        return False
    return authority.may_sign_certificates(below=len(chain) - 1) and last.is_issued_by(authority)


def _read_anchor(der: bytes) -> Certificate | None:
    """An anchor's certificate, None if it cannot be read: one bad entry of the list must not close the others.

    Its critical extensions are not judged: the list vouches for it.
    """
    try:
        return _read(der)
    except (ValueError, TypeError, x509.InvalidVersion):
        return None
