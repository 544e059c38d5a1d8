"""System checks of this floor."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from core.backups.cipher import read_recipients
from core.backups.errors import NotConfigured
from core.backups.places import KEYS, MAIN, place_for
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


def check_backups(**_kwargs: Any) -> list[CheckMessage]:
    """core.E002: a house that is to be copied says where to, apart, and for whom; else it would be found out on the day of the fire."""
    wanted = [kind for kind, folder in ((MAIN, settings.BACKUP_DIR), (KEYS, settings.KEYS_BACKUP_DIR)) if folder is not None]
    try:
        for kind in wanted:
            place_for(kind)
        if wanted:
            read_recipients(settings.BACKUP_RECIPIENTS)
    except NotConfigured as error:
        return [Error(str(error), id="core.E002")]
    return []
