"""An issuer and a wallet of our own: for the tests, the benchmark and the demo wallet.

Nothing else may import this module (an import contract says who may): whoever can issue proofs can let anybody in. Its certificates are
in no trusted list; the demo wallet, which only the embedded shape has, trusts its own issuer by name.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from accounts.age import cose
from accounts.age.certificates import Anchor
from accounts.age.dcapi import ENCAPSULATED, SUITE
from accounts.age.encodings import read_base64url, read_cbor, write_base64url, write_cbor, write_encoded_cbor
from accounts.age.mdoc import DOCTYPE, NAMESPACE, device_authentication
from accounts.age.transcripts import dcapi_transcript

EU_SIGNER = "1.3.130.2.0.0.1.2"
DEFAULT_VCT = "urn:eudi:pid:1"
_CA_YEARS, _SIGNER_YEARS = 10, 1
_VALIDITY = timedelta(days=90)


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh key of P-256."""
    return ec.generate_private_key(ec.SECP256R1())


# ---- Certificates ----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Authority:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def anchor(self, *, granted: bool = True) -> Anchor:
        """This certificate as an entry of a trusted list."""
        country = self.certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)[0].value
        return Anchor.of(self.der, country=str(country), granted=granted)


def make_certificate(
    name: str,
    *,
    now: datetime,
    issuer: Authority | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
    is_ca: bool = False,
    signs_certificates: bool | None = None,
    purposes: Sequence[str] = (EU_SIGNER,),
    country: str = "FR",
    start: datetime | None = None,
    end: datetime | None = None,
    path_length: int | None = None,
) -> Authority:
    """A certificate that signs attestations, or with `is_ca` one that signs certificates; signed by itself without an issuer."""
    key = key or new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.COUNTRY_NAME, country)])
    signs_certificates = is_ca if signs_certificates is None else signs_certificates
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start or now - timedelta(days=30))
        .not_valid_after(end or now + timedelta(days=365 * (_CA_YEARS if is_ca else _SIGNER_YEARS)))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=path_length), critical=True)
        .add_extension(_key_usage(signs_certificates), critical=True)
    )
    if purposes and not is_ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ObjectIdentifier(number) for number in purposes]), critical=True)
    return Authority(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def _key_usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(frozen=True)
class Issuer:
    """A CA, the signer below it, and what the signer sends along."""

    authority: Authority
    signer: Authority
    chain: list[bytes] = field(default_factory=list)

    @classmethod
    def new(cls, *, now: datetime, name: str = "Resaka test", country: str = "FR") -> Issuer:
        """A fresh CA and signer."""
        authority = make_certificate(f"{name} CA", now=now, is_ca=True, country=country)
        signer = make_certificate(f"{name} DS", now=now, issuer=authority, country=country)
        return cls(authority, signer, [signer.der])

    @property
    def anchor(self) -> Anchor:
        """What a verifier that trusts this issuer holds."""
        return self.authority.anchor()


# ---- mdoc ------------------------------------------------------------------------------------------------------------------------
def sign_es256(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """A raw signature: r and s, 32 bytes each."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def make_items(ages: Mapping[str, Any], *, salt: bytes | None = None) -> list[bytes]:
    """The encoded IssuerSignedItems: names and values, numbered from 0, each with a salt of its own."""
    return [
        write_cbor({"digestID": number, "random": salt or os.urandom(32), "elementIdentifier": name, "elementValue": value})
        for number, (name, value) in enumerate(ages.items())
    ]


def make_mso(
    items: Sequence[bytes], device_key: ec.EllipticCurvePublicKey, *, now: datetime, validity: timedelta = _VALIDITY, **changes: Any
) -> dict[str, Any]:
    """A MobileSecurityObject over `items`, good from an hour ago; `changes` replace its members."""
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    return {
        "version": "1.0",
        "digestAlgorithm": "SHA-256",
        "valueDigests": {NAMESPACE: {number: hashlib.sha256(write_encoded_cbor(item)).digest() for number, item in enumerate(items)}},
        "deviceKeyInfo": {"deviceKey": cose.write_key(device_key)},
        "docType": DOCTYPE,
        "validityInfo": {"signed": start, "validFrom": start, "validUntil": start + validity},
        **changes,
    }


def sign_mso(mso: Mapping[str, Any], issuer: Issuer) -> list[Any]:
    """issuerAuth."""
    payload = write_encoded_cbor(write_cbor(dict(mso)))
    chain = issuer.chain[0] if len(issuer.chain) == 1 else issuer.chain
    return [cose.ES256_HEADER, {cose.X5CHAIN: chain}, payload, sign_es256(issuer.signer.key, cose.to_be_signed(payload))]


def tagged(data: bytes) -> Any:
    """Encoded CBOR as an item to write."""
    return cbor2.CBORTag(24, data)


def issue_mdoc(
    issuer: Issuer,
    device_key: ec.EllipticCurvePublicKey,
    *,
    now: datetime,
    ages: Mapping[str, Any] | None = None,
    validity: timedelta = _VALIDITY,
    status: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The issuer's half of a proof of age: `IssuerSigned`."""
    items = make_items({"age_over_18": True} if ages is None else ages)
    mso = make_mso(items, device_key, now=now, validity=validity)
    if status is not None:
        mso["status"] = dict(status)
    return {"nameSpaces": {NAMESPACE: [tagged(item) for item in items]}, "issuerAuth": sign_mso(mso, issuer)}


def sign_device(key: ec.EllipticCurvePrivateKey, transcript: bytes, namespaces: bytes = b"\xa0") -> dict[str, Any]:
    """The holder's half: `DeviceSigned`, over one transcript."""
    signature = sign_es256(key, cose.to_be_signed(device_authentication(transcript, namespaces)))
    return {"nameSpaces": tagged(namespaces), "deviceAuth": {"deviceSignature": [cose.ES256_HEADER, {}, None, signature]}}


def make_device_response(issuer_signed: Mapping[str, Any], key: ec.EllipticCurvePrivateKey, transcript: bytes) -> dict[str, Any]:
    """A DeviceResponse before it is encoded."""
    document = {"docType": DOCTYPE, "issuerSigned": dict(issuer_signed), "deviceSigned": sign_device(key, transcript)}
    return {"version": "1.0", "documents": [document], "status": 0}


def present_mdoc(issuer_signed: Mapping[str, Any], key: ec.EllipticCurvePrivateKey, transcript: bytes) -> str:
    """A DeviceResponse as OpenID4VP carries it."""
    return write_base64url(write_cbor(make_device_response(issuer_signed, key, transcript)))


def seal_response(device_response: bytes, *, encryption_info: str, origin: str) -> str:
    """What wallet and browser send back over the Digital Credentials API."""
    item = read_cbor(read_base64url(encryption_info))
    recipient = item[1]["recipientPublicKey"]
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + recipient[-2] + recipient[-3])
    sealed = SUITE.encrypt(device_response, key, dcapi_transcript(encryption_info=encryption_info, origin=origin))
    return write_base64url(write_cbor(["dcapi", {"enc": sealed[:ENCAPSULATED], "cipherText": sealed[ENCAPSULATED:]}]))


# ---- SD-JWT ----------------------------------------------------------------------------------------------------------------------
def sign_jwt(header: Mapping[str, Any], payload: Mapping[str, Any], key: ec.EllipticCurvePrivateKey) -> str:
    """A compact JWS with ES256."""
    parts = [write_base64url(json.dumps(dict(part)).encode()) for part in (header, payload)]
    message = ".".join(parts)
    return f"{message}.{write_base64url(sign_es256(key, message.encode()))}"


def write_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """A public key of P-256 as a JWK."""
    point = cose.write_key(key)
    return {"kty": "EC", "crv": "P-256", "x": write_base64url(point[-2]), "y": write_base64url(point[-3])}


def write_x5c(chain: Sequence[bytes]) -> list[str]:
    """Certificates as the header `x5c` holds them: base64 with padding."""
    return [base64.b64encode(der).decode("ascii") for der in chain]


def make_disclosure(name: str, value: Any) -> tuple[str, str]:
    """A disclosure, and the digest by which the credential commits to it."""
    disclosure = write_base64url(json.dumps([write_base64url(os.urandom(16)), name, value]).encode())
    return disclosure, write_base64url(hashlib.sha256(disclosure.encode()).digest())


def issue_sdjwt(
    issuer: Issuer,
    device_key: ec.EllipticCurvePublicKey,
    *,
    now: datetime,
    age: int = 18,
    value: Any = True,
    vct: str = DEFAULT_VCT,
    validity: timedelta = _VALIDITY,
    hidden: Mapping[str, Any] | None = None,
    header: Mapping[str, Any] | None = None,
    **claims: Any,
) -> str:
    """An SD-JWT VC whose `age_equal_or_over` can be disclosed by age; `hidden` are further disclosures, `claims` stand in clear text.

    Returned with all its disclosures and without a key binding: `<jwt>~<disclosure>~…~`.
    """
    disclosures = [make_disclosure(str(age), value)]
    inner = {"_sd": [disclosures[0][1]]}
    others = [make_disclosure(name, item) for name, item in (hidden or {}).items()]
    payload = {
        "vct": vct,
        "iat": int(now.timestamp()) - 3600,
        "exp": int((now + validity).timestamp()),
        "cnf": {"jwk": write_jwk(device_key)},
        "_sd_alg": "sha-256",
        "age_equal_or_over": inner,
        **({"_sd": [digest for _text, digest in others]} if others else {}),
        **claims,
    }
    head = {"alg": "ES256", "typ": "dc+sd-jwt", "x5c": write_x5c(issuer.chain), **(header or {})}
    token = sign_jwt(head, payload, issuer.signer.key)
    return "~".join([token, *(text for text, _digest in [*disclosures, *others]), ""])


def present_sdjwt(credential: str, key: ec.EllipticCurvePrivateKey, *, nonce: str, audience: str, now: datetime, **changes: Any) -> str:
    """The credential with a key binding JWT for one verifier and one nonce; `changes` replace its claims."""
    claims = {
        "iat": int(now.timestamp()),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": write_base64url(hashlib.sha256(credential.encode()).digest()),
        **changes,
    }
    return credential + sign_jwt({"alg": "ES256", "typ": "kb+jwt"}, claims, key)
