"""The address that an account had before, sealed for the one letter that goes there."""

from __future__ import annotations

from accounts.models import User
from core import sealing


def seal_former_address(*, user: User, address: str) -> bytes:
    """The address sealed under the person's scope: what waits to be sent holds nothing readable."""
    return sealing.seal(user.scope, address.encode(), _ad(user))


def open_former_address(*, user: User, sealed: bytes) -> str:
    """The address again.

    Raises:
        core.sealing.SealingError: of another person, damaged, or the person's key is gone.
    """
    return sealing.open_sealed(user.scope, sealed, _ad(user)).decode()


def _ad(user: User) -> str:
    return f"accounts.EmailChanged.former:{user.pk}"
