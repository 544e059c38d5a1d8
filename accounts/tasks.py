"""What the accounts do from time to time (superapp.schedule)."""

from __future__ import annotations

from accounts.services.ageproofs import expire_proofs, warn_of_ending
from accounts.services.suspension import end_due_suspensions
from accounts.services.trustedlist import refresh_when_due
from core.clock import shared_now


def end_old_proofs() -> object:
    """End the proofs of age whose day has passed."""
    return expire_proofs(now=shared_now())


def end_suspensions() -> object:
    """End the measures whose day has come."""
    return end_due_suspensions(now=shared_now())


def refresh_list() -> object:
    """Take the trusted list of age-proof issuers once a day."""
    return refresh_when_due(now=shared_now())


def warn_of_ending_proofs() -> object:
    """Tell people that their proof of age ends in 14 days."""
    return warn_of_ending(now=shared_now())
