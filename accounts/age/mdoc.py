"""The judge of an EU proof of age as an mdoc (ISO/IEC 18013-5, docType `eu.europa.ec.av.1`).

The checks are made in a fixed order and the first that fails names the refusal: how it is written, who signed it, what was signed,
whether it is still good, what it discloses, who shows it, and last whether the person is old enough.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from accounts.age import cose
from accounts.age.attestation import Attested, StatusReader, check_status
from accounts.age.certificates import Anchor, Certificate, check_signer, find_anchor, read_chain
from accounts.age.encodings import MAX_BYTES, read_base64url, read_cbor, write_cbor, write_encoded_cbor
from accounts.age.refusals import RefusalCode, Refused, demand, nothing_else_escapes

DOCTYPE = "eu.europa.ec.av.1"
NAMESPACE = DOCTYPE
LONGEST_VALIDITY = timedelta(days=400)
LEAST_SALT = 16
_ENCODED_CBOR = 24
_DIGESTS = {"SHA-256": hashlib.sha256, "SHA-384": hashlib.sha384, "SHA-512": hashlib.sha512}
_AGE_OVER = re.compile(r"age_over_([0-9]{1,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Issued:
    """What the issuer's half says, once it is believed."""

    ages: dict[int, Any]
    device_key: ec.EllipticCurvePublicKey
    anchor: Anchor
    valid_until: datetime


def verify_device_response(
    data: bytes | str,
    *,
    transcript: bytes,
    anchors: Sequence[Anchor],
    threshold: int,
    now: datetime,
    statuses: StatusReader | None = None,
) -> Attested:
    """Judge a DeviceResponse: CBOR, or its base64url as OpenID4VP carries it.

    `transcript` is the encoded SessionTranscript of this one attempt (`accounts.age.transcripts`), so a proof made for another site,
    another nonce or another moment is refused. `threshold` is the age asked for. A list of revocations that cannot be had does not refuse.

    Raises:
        Refused: the first check that failed.
    """
    with nothing_else_escapes():
        raw = read_base64url(data) if isinstance(data, str) else data
        demand(len(raw) <= MAX_BYTES, RefusalCode.TOO_LARGE)
        document = _read_only_document(read_cbor(raw))
        issued = verify_issuer_signed(document["issuerSigned"], anchors=anchors, now=now, statuses=statuses)
        _check_holder(document["deviceSigned"], issued.device_key, transcript)
        demand(any(age >= threshold and value is True for age, value in issued.ages.items()), RefusalCode.UNDER_AGE)
        return Attested(
            over=threshold,
            issuer_country=issued.anchor.country,
            anchor_fingerprint=issued.anchor.fingerprint,
            valid_until=issued.valid_until,
        )


def verify_issuer_signed(item: object, *, anchors: Sequence[Anchor], now: datetime, statuses: StatusReader | None = None) -> Issued:
    """Judge the issuer's half alone. It proves nothing about who shows it: `verify_device_response` is what a site calls.

    Raises:
        Refused.
    """
    with nothing_else_escapes():
        signed = _read_map(item, {"nameSpaces", "issuerAuth"})
        auth = cose.read_sign1(signed["issuerAuth"])
        chain = read_chain(auth.x5chain(), now=now)
        anchor = find_anchor(chain, anchors, now=now)
        _check_issuer_signature(auth, check_signer(chain[0]))
        mso = _read_mso(auth.payload)
        valid_until = _check_validity(mso["validityInfo"], chain[0], now)
        check_status(mso.get("status"), statuses, now)
        ages = _read_ages(signed["nameSpaces"], mso)
        device_key = cose.read_key(_read_map(mso["deviceKeyInfo"], {"deviceKey"}, {"keyAuthorizations", "keyInfo"})["deviceKey"])
        return Issued(ages, device_key, anchor, valid_until)


# ---- The envelope ----------------------------------------------------------------------------------------------------------------
def _read_only_document(response: object) -> dict[Any, Any]:
    found = _read_map(response, {"version", "status"}, {"documents"})
    demand(found["version"] == "1.0" and _is_number(found["status"]) and found["status"] == 0, RefusalCode.STATUS)
    documents = found.get("documents")
    if not isinstance(documents, list) or len(documents) != 1:
        raise Refused(RefusalCode.DOCUMENTS)
    document = _read_map(documents[0], {"docType", "issuerSigned", "deviceSigned"})
    demand(document["docType"] == DOCTYPE, RefusalCode.DOCTYPE)
    return document


def _read_map(item: object, needed: set[str], allowed: set[str] | frozenset[str] = frozenset()) -> dict[Any, Any]:
    """A map with these keys and no other."""
    if not isinstance(item, dict) or not needed <= item.keys() <= needed | allowed:
        raise Refused(RefusalCode.STRUCTURE)
    return item


def _read_tagged(item: object) -> bytes:
    """The bytes within a tag 24 item."""
    if not isinstance(item, cbor2.CBORTag) or item.tag != _ENCODED_CBOR or not isinstance(item.value, bytes):
        raise Refused(RefusalCode.STRUCTURE)
    return item.value


def _is_number(value: object) -> bool:
    return type(value) is int  # True is an int to Python, and no number to CBOR


# ---- The issuer ------------------------------------------------------------------------------------------------------------------
def _check_issuer_signature(auth: cose.Sign1, key: ec.EllipticCurvePublicKey) -> None:
    auth.check_algorithm()
    if auth.payload is None:
        raise Refused(RefusalCode.STRUCTURE)
    demand(cose.is_signed_by(key, auth.signature, cose.to_be_signed(auth.payload)), RefusalCode.ISSUER_SIGNATURE)


def _read_mso(payload: bytes | None) -> dict[Any, Any]:
    """The MobileSecurityObject."""
    mso = read_cbor(_read_tagged(read_cbor(payload or b"")))
    needed = {"version", "digestAlgorithm", "valueDigests", "deviceKeyInfo", "docType", "validityInfo"}
    if not isinstance(mso, dict) or not needed <= mso.keys() or mso["version"] != "1.0":
        raise Refused(RefusalCode.STRUCTURE)
    demand(mso["docType"] == DOCTYPE, RefusalCode.DOCTYPE)
    demand(isinstance(mso["digestAlgorithm"], str) and mso["digestAlgorithm"] in _DIGESTS, RefusalCode.DIGEST_ALG)
    return mso


def _check_validity(info: object, signer: Certificate, now: datetime) -> datetime:
    found = _read_map(info, {"signed", "validFrom", "validUntil"}, {"expectedUpdate"})
    signed, start, end = found["signed"], found["validFrom"], found["validUntil"]
    if not isinstance(signed, datetime) or not isinstance(start, datetime) or not isinstance(end, datetime):
        raise Refused(RefusalCode.STRUCTURE)
    demand(start <= now <= end, RefusalCode.EXPIRED)
    demand(end - start <= LONGEST_VALIDITY, RefusalCode.VALIDITY_TOO_LONG)
    demand(signer.holds_at(signed), RefusalCode.SIGNED_OUTSIDE_CERT)
    return end


# ---- What is disclosed -----------------------------------------------------------------------------------------------------------
def _read_ages(namespaces: object, mso: dict[Any, Any]) -> dict[int, Any]:
    digests = mso["valueDigests"]
    if not isinstance(namespaces, dict) or not isinstance(digests, dict):
        raise Refused(RefusalCode.STRUCTURE)
    demand(list(namespaces) == [NAMESPACE] and list(digests) == [NAMESPACE], RefusalCode.NAMESPACE)
    items, expected = namespaces[NAMESPACE], digests[NAMESPACE]
    if not isinstance(items, list) or not items or not isinstance(expected, dict):
        raise Refused(RefusalCode.STRUCTURE)
    ages: dict[int, Any] = {}
    seen: set[int] = set()
    for item in items:
        number, name, value = _read_item(_read_tagged(item), expected, mso["digestAlgorithm"])
        found = _AGE_OVER.fullmatch(name)
        if found is None:
            raise Refused(RefusalCode.OVER_DISCLOSURE)
        age = int(found[1])
        demand(number not in seen and age not in ages, RefusalCode.DUPLICATE)
        seen.add(number)
        ages[age] = value
    return ages


def _read_item(raw: bytes, expected: dict[Any, Any], algorithm: str) -> tuple[int, str, Any]:
    """Digest number, name and value of an item whose digest, over the bytes that came, the issuer signed."""
    item = _read_map(read_cbor(raw), {"digestID", "random", "elementIdentifier", "elementValue"})
    number, salt, name = item["digestID"], item["random"], item["elementIdentifier"]
    if not _is_number(number) or not isinstance(salt, bytes) or not isinstance(name, str):
        raise Refused(RefusalCode.STRUCTURE)
    digest = expected.get(number)
    actual = _DIGESTS[algorithm](write_encoded_cbor(raw)).digest()
    demand(isinstance(digest, bytes) and hmac.compare_digest(digest, actual), RefusalCode.DIGEST)
    demand(len(salt) >= LEAST_SALT, RefusalCode.SALT)
    return number, name, item["elementValue"]


# ---- Who shows it ----------------------------------------------------------------------------------------------------------------
def _check_holder(item: object, key: ec.EllipticCurvePublicKey, transcript: bytes) -> None:
    """The device's signature over this attempt; a MAC would need a reader's key that neither road of the profile has."""
    signed = _read_map(item, {"nameSpaces", "deviceAuth"})
    namespaces = _read_tagged(signed["nameSpaces"])
    demand(read_cbor(namespaces) == {}, RefusalCode.OVER_DISCLOSURE)
    auth = cose.read_sign1(_read_map(signed["deviceAuth"], {"deviceSignature"})["deviceSignature"])
    demand(auth.payload is None, RefusalCode.STRUCTURE)
    auth.check_algorithm()
    message = cose.to_be_signed(device_authentication(transcript, namespaces))
    demand(cose.is_signed_by(key, auth.signature, message), RefusalCode.HOLDER_BINDING)


def device_authentication(transcript: bytes, namespaces: bytes) -> bytes:
    """DeviceAuthenticationBytes: what the device signs. Both arguments are encoded CBOR and stay as they are."""
    parts = [write_cbor("DeviceAuthentication"), transcript, write_cbor(DOCTYPE), write_encoded_cbor(namespaces)]
    return write_encoded_cbor(b"\x84" + b"".join(parts))
