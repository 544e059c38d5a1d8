"""The link in the last letter of an account: its owner cannot log in any more, and may still ask for what is left of it to be erased.

The token is a MAC of the account's outward id under a key of the key store; it is kept nowhere, and opens that one page alone.
"""

from __future__ import annotations

import base64
import hmac

from accounts.models import User
from core.sealing import mac_key

_SCOPE = "farewell"


def farewell_token(user: User) -> str:
    """The outward id and its MAC: 20 and 43 signs that are safe in an address."""
    mac = hmac.digest(mac_key(_SCOPE)[1], f"farewell:{user.public_id}".encode(), "sha256")
    return f"{user.public_id}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
