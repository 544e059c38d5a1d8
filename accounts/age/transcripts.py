"""Session transcripts: what ties a proof to one site, one attempt and one road. Returned as encoded CBOR, as they are signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from accounts.age.encodings import write_cbor


def openid4vp_transcript(*, client_id: str, nonce: str, response_uri: str, jwk_thumbprint: bytes | None = None) -> bytes:
    """The transcript of OpenID4VP 1.0, B.2.6.1 (redirect and direct_post).

    `jwk_thumbprint` is None without encryption, which is what the EU profile asks for; with `direct_post.jwt` it is the thumbprint of
    the key that the answer is encrypted to.
    """
    return _transcript("OpenID4VPHandover", [client_id, nonce, jwk_thumbprint, response_uri])


def openid4vp_dcapi_transcript(*, origin: str, nonce: str, jwk_thumbprint: bytes | None = None) -> bytes:
    """The transcript of OpenID4VP 1.0, B.2.6.2 (OpenID4VP over the Digital Credentials API). The EU profile uses the next one."""
    return _transcript("OpenID4VPDCAPIHandover", [origin, nonce, jwk_thumbprint])


def dcapi_transcript(*, encryption_info: str, origin: str) -> bytes:
    """The transcript of ISO/IEC 18013-7, Annex C (`org-iso-mdoc` over the Digital Credentials API).

    `encryption_info` is the base64url text as it was sent; `origin` the serialized origin of the page that asked.
    """
    return _transcript("dcapi", [encryption_info, origin])


def jwk_thumbprint(jwk: Mapping[str, Any]) -> bytes:
    """The SHA-256 thumbprint of an EC key (RFC 7638)."""
    needed = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return hashlib.sha256(json.dumps(needed, separators=(",", ":"), sort_keys=True).encode()).digest()


def _transcript(name: str, info: list[Any]) -> bytes:
    return write_cbor([None, None, [name, hashlib.sha256(write_cbor(info)).digest()]])
