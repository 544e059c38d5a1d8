"""COSE_Sign1 with ES256 and keys of P-256, and nothing else of COSE (RFC 9052, RFC 9053, RFC 9360)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from accounts.age.encodings import write_cbor
from accounts.age.refusals import RefusalCode, Refused, demand

# The protected header {1: -7}: algorithm ES256.
ES256_HEADER = b"\xa1\x01\x26"
X5CHAIN = 33
_ALG = 1
SIGNATURE_BYTES = 64
_COORDINATE = 32


@dataclass(frozen=True, slots=True)
class Sign1:
    """The four parts of a COSE_Sign1, of the right types and no more than that."""

    protected: bytes
    unprotected: dict[Any, Any]
    payload: bytes | None
    signature: bytes

    def check_algorithm(self) -> None:
        """ES256 said once, in the protected header, and a signature of its length.

        Raises:
            Refused: ALG, SIG_LENGTH.
        """
        demand(self.protected == ES256_HEADER and _ALG not in self.unprotected, RefusalCode.ALG)
        demand(len(self.signature) == SIGNATURE_BYTES, RefusalCode.SIG_LENGTH)

    def x5chain(self) -> list[bytes]:
        """The certificates: one as a byte string, several as an array (RFC 9360).

        Raises:
            Refused: CHAIN.
        """
        value = self.unprotected.get(X5CHAIN)
        if isinstance(value, bytes):
            return [value]
        if not isinstance(value, list) or len(value) < 2 or not all(isinstance(item, bytes) for item in value):
            raise Refused(RefusalCode.CHAIN)
        return value


def read_sign1(item: object) -> Sign1:
    """An untagged COSE_Sign1.

    Raises:
        Refused: STRUCTURE.
    """
    if not isinstance(item, list) or len(item) != 4:
        raise Refused(RefusalCode.STRUCTURE)
    protected, unprotected, payload, signature = item
    if (
        not isinstance(protected, bytes)
        or not isinstance(unprotected, dict)
        or not (payload is None or isinstance(payload, bytes))
        or not isinstance(signature, bytes)
    ):
        raise Refused(RefusalCode.STRUCTURE)
    return Sign1(protected, unprotected, payload, signature)


def to_be_signed(payload: bytes, protected: bytes = ES256_HEADER) -> bytes:
    """The Sig_structure of a COSE_Sign1 without external data."""
    return write_cbor(["Signature1", protected, b"", payload])


def is_signed_by(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
    """Whether a raw ES256 signature (r, s) over `message` is the key's."""
    half = len(signature) // 2
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def read_key(item: object) -> ec.EllipticCurvePublicKey:
    """A COSE_Key of kind EC2 on P-256 with both coordinates, on the curve; a key identifier or an algorithm ES256 may stand beside.

    Raises:
        Refused: DEVICE_KEY.
    """
    if not isinstance(item, dict) or not {1, -1, -2, -3} <= item.keys() <= {1, 2, 3, -1, -2, -3}:
        raise Refused(RefusalCode.DEVICE_KEY)
    x, y = item[-2], item[-3]
    demand(type(item[1]) is int and item[1] == 2, RefusalCode.DEVICE_KEY)  # EC2
    demand(type(item[-1]) is int and item[-1] == 1, RefusalCode.DEVICE_KEY)  # P-256
    demand(item.get(3, -7) == -7, RefusalCode.DEVICE_KEY)  # ES256
    if not isinstance(x, bytes) or not isinstance(y, bytes) or len(x) != _COORDINATE or len(y) != _COORDINATE:
        raise Refused(RefusalCode.DEVICE_KEY)
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
    try:
        return numbers.public_key()
    except ValueError as error:
        raise Refused(RefusalCode.DEVICE_KEY) from error


def write_key(key: ec.EllipticCurvePublicKey) -> dict[int, Any]:
    """A public key of P-256 as a COSE_Key."""
    numbers = key.public_numbers()
    return {1: 2, -1: 1, -2: numbers.x.to_bytes(_COORDINATE, "big"), -3: numbers.y.to_bytes(_COORDINATE, "big")}
