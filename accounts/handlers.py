"""What follows from what happened to people, later and at least once."""

from __future__ import annotations

from django.utils import timezone

from accounts.enums import BARRING
from accounts.events import AccountSuspended, SuspensionEnded
from accounts.queries import find_open_measure
from accounts.services.bans import plant_ban_keys, pull_ban_keys
from accounts.services.suspension import close_sockets


def on_account_suspended(event: AccountSuspended) -> None:
    """Remember what a banned account uses, unless the measure has ended meanwhile; and close its sockets once more, for a measure that
    was put in force by a process which has no bus to those of the others."""
    measure = find_open_measure(user_id=event.user_id, kind=event.kind, decision_ref=event.decision_ref)
    if measure is not None and event.kind in BARRING:
        plant_ban_keys(measure=measure, now=timezone.now())
        close_sockets(user=measure.user)


def on_suspension_ended(event: SuspensionEnded) -> None:
    """Forget it when the ban no longer holds."""
    if event.kind in BARRING:
        pull_ban_keys(decision_ref=event.decision_ref)
