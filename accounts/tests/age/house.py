"""One honest proof of age, and the means to bend it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from accounts.age import issuing
from accounts.age.attestation import Attested
from accounts.age.certificates import Anchor
from accounts.age.encodings import write_base64url, write_cbor
from accounts.age.mdoc import NAMESPACE, verify_device_response
from accounts.age.openid4vp import client_id_of
from accounts.age.transcripts import openid4vp_transcript

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
RESPONSE_URI = "https://resaka.example/age/oid4vp/response"
NONCE = "qv6nTZ8hQ1K7x0d3m2Vb5c9y4Rj1Lw0s"
DATA = Path(__file__).resolve().parents[1] / "data" / "age"


def load(name: str) -> dict[str, Any]:
    """A file of reference data."""
    found: dict[str, Any] = json.loads((DATA / name).read_text("utf-8"))
    return found


def transcript_of(*, nonce: str = NONCE, response_uri: str = RESPONSE_URI) -> bytes:
    return openid4vp_transcript(client_id=client_id_of(response_uri), nonce=nonce, response_uri=response_uri)


# One issuer and one phone for all: making certificates takes time and no test changes them.
ISSUER = issuing.Issuer.new(now=NOW, name="Honest", country="FR")
PHONE = issuing.new_key()
TRANSCRIPT = transcript_of()


@dataclass
class Proof:
    """A DeviceResponse that is honest until a test changes something, and how it is judged."""

    response: dict[str, Any]
    transcript: bytes = TRANSCRIPT
    anchors: list[Anchor] = field(default_factory=lambda: [ISSUER.anchor])
    threshold: int = 18
    now: datetime = NOW

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = self.response["documents"][0]
        return found

    @property
    def issuer_auth(self) -> list[Any]:
        found: list[Any] = self.document["issuerSigned"]["issuerAuth"]
        return found

    @property
    def device_auth(self) -> list[Any]:
        found: list[Any] = self.document["deviceSigned"]["deviceAuth"]["deviceSignature"]
        return found

    def encode(self) -> str:
        return write_base64url(write_cbor(self.response))

    def judge(self, data: bytes | str | None = None) -> Attested:
        return verify_device_response(
            self.encode() if data is None else data,
            transcript=self.transcript,
            anchors=self.anchors,
            threshold=self.threshold,
            now=self.now,
        )


def honest(
    *,
    ages: Mapping[str, Any] | None = None,
    issuer: issuing.Issuer = ISSUER,
    device_key: ec.EllipticCurvePrivateKey = PHONE,
    salt: bytes | None = None,
    items: list[bytes] | None = None,
    mso: Callable[[dict[str, Any]], object] | None = None,
) -> Proof:
    """A proof for TRANSCRIPT; `mso` changes the MobileSecurityObject in place before the issuer signs it."""
    items = items or issuing.make_items(ages or {"age_over_18": True}, salt=salt)
    signed = issuing.make_mso(items, device_key.public_key(), now=NOW)
    if mso is not None:
        mso(signed)
    issuer_signed = {
        "nameSpaces": {NAMESPACE: [cbor2.CBORTag(24, item) for item in items]},
        "issuerAuth": issuing.sign_mso(signed, issuer),
    }
    return Proof(issuing.make_device_response(issuer_signed, device_key, TRANSCRIPT))
