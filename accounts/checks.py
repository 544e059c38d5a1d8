"""System checks of this app."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error


def check_demo_wallet(**_kwargs: Any) -> list[CheckMessage]:
    """accounts.E001: whoever opens the demo wallet is an adult at will, so it may stand in no house that serves people."""
    if settings.DEMO_WALLET and not (settings.EMBEDDED or settings.DEBUG):
        return [Error("The demo wallet is on in the server shape.", hint="Unset RESAKA_DEMO_WALLET.", id="accounts.E001")]
    return []
