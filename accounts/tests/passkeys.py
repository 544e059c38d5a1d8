"""A device with passkeys, in software: what a browser and its authenticator make of the options of a page (WebAuthn level 2, section 7).

The bytes are built here and not by the library that reads them on the server.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, NEW_KEY = 0x01, 0x04, 0x40


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """One device at one origin; its key is made by `create`."""

    origin: str = "https://testserver"
    host: str = "testserver"
    flags: int = PRESENT | VERIFIED
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    handle: str = ""

    def create(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`, as the page posts it."""
        public = options["publicKey"]
        self.handle = public["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.key_id).to_bytes(2, "big") + self.key_id + cbor2.dumps(cose)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._head(NEW_KEY) + attested})
        response = {
            "clientDataJSON": encode(self._client("webauthn.create", public["challenge"])),
            "attestationObject": encode(attestation),
        }
        return self._wrap(response | {"transports": ["internal"]}, {"credProps": {"rk": True}})

    def get(self, options: dict[str, Any], *, handle: str | None = None) -> str:
        """The answer to `navigator.credentials.get`; `handle` claims to be somebody else's."""
        client, head = self._client("webauthn.get", options["publicKey"]["challenge"]), self._head()
        signature = self.key.sign(head + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {"clientDataJSON": encode(client), "authenticatorData": encode(head), "signature": encode(signature)}
        return self._wrap(response | {"userHandle": self.handle if handle is None else handle}, {})

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _head(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([self.flags | more]) + bytes(4)

    def _wrap(self, response: dict[str, Any], results: dict[str, Any]) -> str:
        name = encode(self.key_id)
        answer = {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": results}
        return json.dumps(answer)
