"""The secret link to the page of one erasure: whoever was erased has no account to log in with.

The token is a MAC of the request's reference under a key of the key store, so it is kept nowhere and can be written into every letter.
"""

from __future__ import annotations

import base64
import hmac

from core.sealing import mac_key
from privacy.enums import RequestKind
from privacy.models import DataRequest

_SCOPE = "erasure-links"


class LinkUnknown(LookupError):
    """No erasure is behind this link: mistyped, made up, or its papers are past their time."""


def token_of(public_id: str) -> str:
    """The reference of a request and its MAC: 20 and 43 signs that are safe in an address."""
    mac = hmac.digest(mac_key(_SCOPE)[1], f"erasure:{public_id}".encode(), "sha256")
    return f"{public_id}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def get_request_by_token(token: str) -> DataRequest:
    """The request of erasure behind a link; it may have no run yet.

    Raises:
        LinkUnknown.
    """
    public_id, _dot, _mac = token.partition(".")
    if not hmac.compare_digest(token_of(public_id).encode(), token.encode()):
        raise LinkUnknown(public_id)
    found = DataRequest.objects.filter(public_id=public_id, kind=RequestKind.ERASURE).select_related("erasure", "user").first()
    if found is None:
        raise LinkUnknown(public_id)
    return found
