"""Is somebody old enough: the one judge."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from accounts.enums import AgeBand, AgeGate
from accounts.models import Profile, User

# What may not open on somebody's word alone stays shut until a proof can be given.
_NEED_PROOF = frozenset({AgeGate.SEXUAL, AgeGate.GOODS})
_BY_WORD = frozenset(AgeGate.values) - _NEED_PROOF


def is_age_sufficient(*, user: User | None, session: SessionBase | None, gate: str, now: datetime) -> bool:
    """Whether this person (None: a guest) may pass an age gate now.

    Judged by the declared year of birth and the confirmed e-mail; `session` will hold the proofs that are bound to it. One
    query the first time for a given `user` object, none later. An unknown gate lets nobody through.
    """
    if gate == AgeGate.HELP:
        return True
    if user is None:
        return False
    try:
        year = user.profile.birth_year
    except Profile.DoesNotExist:
        return False
    return passes_gate(gate=gate, is_member=user.is_member, birth_year=year, now=now)


def passes_gate(*, gate: str, is_member: bool, birth_year: int, now: datetime) -> bool:
    """The same judgement where the account's facts were read in another way; no query."""
    if gate == AgeGate.HELP:
        return True
    if gate not in _BY_WORD or not is_member:
        return False
    return bool(now.year - birth_year >= settings.MINIMUM_AGE)


def get_age_band(*, user: User, now: datetime) -> AgeBand | None:
    """The age band of a person, None when unknown."""
    try:
        return user.profile.age_band(now)
    except Profile.DoesNotExist:
        return None
