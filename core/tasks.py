"""What the ground floor does from time to time (superapp.schedule)."""

from __future__ import annotations

from django.conf import settings

from core import audit
from core.backups.places import KEYS, MAIN
from core.backups.taking import back_up
from core.clock import shared_now
from core.scrubbing import scrub_journals as empty_journals


def anchor_audit() -> object:
    """Leave an anchor of the audit chain outside."""
    return audit.leave_anchor(now=shared_now(), file=settings.AUDIT_ANCHORS)


def back_up_main() -> object:
    """Copy the main database and the files (the embedded shape; the server shape has timers of the system)."""
    return back_up(MAIN, now=shared_now()).id


def back_up_keys() -> object:
    """Copy the key store."""
    return back_up(KEYS, now=shared_now()).id


def scrub_journals() -> object:
    """Let what was deleted leave the journals of SQLite."""
    return empty_journals()
