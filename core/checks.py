"""System checks of this floor."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from core.outbound import standins_allowed


def check_standins(**_kwargs: Any) -> list[CheckMessage]:
    """core.E001: a stand-in of an outside service says what it is told to say, so no house that serves people may listen to one."""
    if standins_allowed():
        return []
    return [
        Error(f"{variable} names this machine ({host.name}:{host.port}) in the server shape.", id="core.E001")
        for variable, hosts in (("RESAKA_OUTBOUND_HOSTS", settings.OUTBOUND_HOSTS), ("RESAKA_PUSH_HOSTS", settings.PUSH_HOSTS))
        for host in hosts
        if host.is_standin
    ]
