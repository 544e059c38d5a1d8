"""System checks of this app."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution
from django.utils import timezone

from accounts.queries.helplines import list_stale


def check_demo_wallet(**_kwargs: Any) -> list[CheckMessage]:
    """accounts.E001: whoever opens the demo wallet is an adult at will, so it may stand in no house that serves people."""
    if settings.DEMO_WALLET and not (settings.EMBEDDED or settings.DEBUG):
        return [Error("The demo wallet is on in the server shape.", hint="Unset RESAKA_DEMO_WALLET.", id="accounts.E001")]
    return []


def check_trusted_list(**_kwargs: Any) -> list[CheckMessage]:
    """accounts.E002: the trusted list is to be fetched from a host that may not be asked, or nobody can be found who may sign it."""
    found: list[CheckMessage] = []
    hosts = {host.name for host in settings.OUTBOUND_HOSTS}
    if settings.TRUSTED_LIST_URL and urlsplit(settings.TRUSTED_LIST_URL).hostname not in hosts:
        hint = "Name its host in RESAKA_OUTBOUND_HOSTS."
        found.append(Error("RESAKA_TRUSTED_LIST_URL leads to a host that is never asked.", hint=hint, id="accounts.E002"))
    if (settings.TRUSTED_LIST_URL or settings.TRUSTED_LIST_SIGNERS) and not Path(settings.TRUSTED_LIST_SIGNERS).is_file():
        found.append(Error("RESAKA_TRUSTED_LIST_SIGNERS names no file.", id="accounts.E002"))
    return found


def check_helplines(**_kwargs: Any) -> list[CheckMessage]:
    """accounts.W002, before a release (`check --deploy`): a number that helps must have been looked up in the last 180 days."""
    old = [f"{line.country} {line.number}" for line in list_stale(today=timezone.now().date())]
    hint = "Look them up, and write source and date into accounts/queries/helplines.py."
    return [Caution(f"Numbers that help have grown old: {', '.join(old)}.", hint=hint, id="accounts.W002")] if old else []
