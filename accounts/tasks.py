"""What the accounts do from time to time (superapp.schedule)."""

from __future__ import annotations

from accounts.services.ageproofs import expire_proofs, purge_checks, warn_of_ending
from accounts.services.bans import purge_ban_keys
from accounts.services.closure import finish_closings
from accounts.services.connections import purge_connections, turn_connections
from accounts.services.devices import purge_devices
from accounts.services.documents import expire_documents
from accounts.services.registration import purge_unconfirmed
from accounts.services.suspension import end_due_suspensions
from accounts.services.trustedlist import refresh_when_due
from core.clock import shared_now


def forget_unconfirmed() -> object:
    """Forget sign-ups that nobody confirmed."""
    return purge_unconfirmed(now=shared_now())


def end_old_proofs() -> object:
    """End the proofs of age whose day has passed, and forget attempts of yesterday."""
    now = shared_now()
    return expire_proofs(now=now), purge_checks(now=now)


def forget_devices() -> object:
    """Forget the browsers that were not used to log in for 180 days."""
    return purge_devices(now=shared_now())


def end_suspensions() -> object:
    """End the measures whose day has come."""
    return end_due_suspensions(now=shared_now())


def refresh_list() -> object:
    """Take the trusted list of age-proof issuers once a day."""
    return refresh_when_due(now=shared_now())


def close_accounts() -> object:
    """Close the accounts whose days of grace are over."""
    return finish_closings(now=shared_now())


def forget_connections() -> object:
    """Forget connections that are past their time, and turn their partitions."""
    now = shared_now()
    return purge_connections(now=now), turn_connections(now=now)


def forget_bans() -> object:
    """Forget what was remembered of bans that are over."""
    return purge_ban_keys(now=shared_now())


def warn_of_ending_proofs() -> object:
    """Tell people that their proof of age ends in 14 days."""
    return warn_of_ending(now=shared_now())


def destroy_documents() -> object:
    """Destroy the images of documents that nobody decided on in time."""
    return expire_documents(now=shared_now())
