"""The Digital Credentials API of the browser with `org-iso-mdoc` (ISO/IEC 18013-7, Annex C): the request, and the answer opened.

The answer is sealed by HPKE to a key of this one attempt, with the transcript as its info, so it opens for one origin alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from accounts.age.cose import write_key
from accounts.age.encodings import MAX_BYTES, read_base64url, read_cbor, write_base64url, write_cbor, write_encoded_cbor
from accounts.age.mdoc import DOCTYPE, NAMESPACE
from accounts.age.refusals import RefusalCode, Refused, demand, nothing_else_escapes
from accounts.age.transcripts import dcapi_transcript

PROTOCOL = "org-iso-mdoc"
SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
ENCAPSULATED = 65  # an uncompressed point of P-256
_OVERHEAD = 1024  # CBOR around the ciphertext, the encapsulated key and the tag


@dataclass(frozen=True, slots=True)
class DcRequest:
    """One request: what the page gives to `navigator.credentials.get`, and the key that opens the answer (DER; keep it sealed)."""

    device_request: str
    encryption_info: str
    private_key: bytes

    def as_options(self) -> dict[str, Any]:
        """The argument of `navigator.credentials.get`."""
        data = {"deviceRequest": self.device_request, "encryptionInfo": self.encryption_info}
        return {"digital": {"requests": [{"protocol": PROTOCOL, "data": data}]}}


def make_request(*, nonce: bytes, threshold: int = 18) -> DcRequest:
    """A request with a fresh key for one attempt; `nonce` is at least 16 random bytes."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return DcRequest(write_base64url(device_request(threshold)), encryption_info_of(private, nonce=nonce), private)


def encryption_info_of(private_key: bytes, *, nonce: bytes) -> str:
    """The `encryptionInfo` of a request, made again from what is kept of it: it is the same text each time."""
    key = load_der_private_key(private_key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return write_base64url(write_cbor(["dcapi", {"nonce": nonce, "recipientPublicKey": write_key(key.public_key())}]))


def device_request(threshold: int = 18) -> bytes:
    """The DeviceRequest: one attribute, which is not kept."""
    asked = write_cbor({"docType": DOCTYPE, "nameSpaces": {NAMESPACE: {f"age_over_{threshold}": False}}})
    # {"version": "1.0", "docRequests": [{"itemsRequest": 24(asked)}]} with the tagged bytes as they are
    head = b"\xa2" + write_cbor("version") + write_cbor("1.0") + write_cbor("docRequests")
    return head + b"\x81\xa1" + write_cbor("itemsRequest") + write_encoded_cbor(asked)


def open_response(response: str, *, private_key: bytes, encryption_info: str, origin: str) -> tuple[bytes, bytes]:
    """The DeviceResponse within the browser's answer, and the transcript to judge it by.

    Raises:
        Refused: TOO_LARGE, ENCODING, CBOR, STRUCTURE; DECRYPTION when it was made for another key, request or origin.
    """
    with nothing_else_escapes():
        enc, ciphertext = _read_response(response)
        transcript = dcapi_transcript(encryption_info=encryption_info, origin=origin)
        key = load_der_private_key(private_key, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        try:
            return SUITE.decrypt(enc + ciphertext, key, transcript), transcript
        except (InvalidTag, ValueError) as error:
            raise Refused(RefusalCode.DECRYPTION) from error


def _read_response(response: str) -> tuple[bytes, bytes]:
    item = read_cbor(read_base64url(response, MAX_BYTES + _OVERHEAD))
    if not isinstance(item, list) or len(item) != 2 or item[0] != "dcapi":
        raise Refused(RefusalCode.STRUCTURE)
    parts = item[1]
    if not isinstance(parts, dict) or parts.keys() != {"enc", "cipherText"}:
        raise Refused(RefusalCode.STRUCTURE)
    enc, ciphertext = parts["enc"], parts["cipherText"]
    if not isinstance(enc, bytes) or not isinstance(ciphertext, bytes):
        raise Refused(RefusalCode.STRUCTURE)
    demand(len(enc) == ENCAPSULATED, RefusalCode.STRUCTURE)
    return enc, ciphertext
