"""Names of erased accounts, which nobody may read and nobody may take for a year."""

from __future__ import annotations

import hmac

from core.sealing import mac_key

_SCOPE = "pseudonym"


def veil(bones: str) -> str:
    """What stands for the skeleton of a name in the history of an erased account: it can be asked for, not read back."""
    return f"~{hmac.digest(mac_key(_SCOPE)[1], bones.encode(), 'sha256').hex()}"
