"""What opens the page of a question that was asked without an account: a MAC of its reference, kept nowhere."""

from __future__ import annotations

import base64
import hmac

from core.sealing import mac_key

_SCOPE = "support"


def token_of(public_id: str) -> str:
    """43 characters that are safe in an address."""
    _kid, key = mac_key(_SCOPE)
    return base64.urlsafe_b64encode(hmac.digest(key, f"request:{public_id}".encode(), "sha256")).decode().rstrip("=")


def is_token_of(token: str, public_id: str) -> bool:
    """Whether the token opens this request; compared in constant time."""
    return hmac.compare_digest(token.encode(), token_of(public_id).encode())
