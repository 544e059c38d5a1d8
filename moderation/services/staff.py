"""The team: taking somebody in, for good or until a day, and what they may do."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from moderation.enums import StaffRole
from moderation.models import StaffProfile
from moderation.services.noting import note

# Without those that are read as another: 0 O, 1 I L, 5 S, 8 B.
_SIGNS = "234679ACDEFGHJKMNPQRTUVWXYZ"
_TRIES = 50
# How long somebody from outside may look at most; who goes on looking is taken in anew, by a person who thinks of it.
AUDIT_TERM = timedelta(days=30)
_BATCH = 100


class NoHandleLeft(RuntimeError):
    """No free handle was found; the team has outgrown handles of this length."""


class AuditorAlone(ValueError):
    """Who audits a house does not work in it: an auditor has no other role, and not the rights of a superuser."""


class TermTooLong(ValueError):
    """An auditor comes until a day that lies ahead, thirty days at most."""


def enlist(
    *, user: User, roles: Iterable[StaffRole], by: StaffProfile | None = None, ends_at: datetime | None = None, now: datetime
) -> StaffProfile:
    """Make somebody one of the team with these roles and no others; a new one gets a handle, which they keep.

    `by` None: the operator of the house did it by command. `ends_at`: until when, for good if None. Doing it twice changes and notes
    nothing.

    Raises:
        NoHandleLeft; AuditorAlone, TermTooLong.
    """
    named = set(roles)
    if StaffRole.AUDITOR in named:
        _check_auditor(user, named, ends_at, now)
    words = ",".join(sorted(named))
    with transaction.atomic():
        profile, made = StaffProfile.objects.select_for_update().get_or_create(
            user=user, defaults={"handle": _free_handle(), "roles": words, "ends_at": ends_at, "created_at": now}
        )
        before = None if made else _state(profile)
        profile.roles, profile.active, profile.ends_at = words, True, ends_at
        if before != _state(profile):
            profile.save(update_fields=["roles", "active", "ends_at"])
            _note("staff.enlist", profile, reason=words, before=before, by=by, now=now)
    return profile


def discharge(*, profile: StaffProfile, reason: str, by: StaffProfile | None = None, now: datetime) -> None:
    """End somebody's work in the team; the handle stays theirs and on what they decided."""
    with transaction.atomic():
        before = _state(profile)
        profile.active = False
        profile.save(update_fields=["active"])
        _note("staff.discharge", profile, reason=reason, before=before, by=by, now=now)


def end_terms(*, now: datetime) -> int:
    """End the work of those whose day has come; how many. The door is shut to them from that second on, whether this ran or not."""
    over = list(StaffProfile.objects.filter(active=True, ends_at__lte=now).order_by("ends_at")[:_BATCH])
    for profile in over:
        discharge(profile=profile, reason="ends_at", now=now)
    return len(over)


def _check_auditor(user: User, roles: set[StaffRole], ends_at: datetime | None, now: datetime) -> None:
    if roles != {StaffRole.AUDITOR} or user.is_superuser:
        raise AuditorAlone(user.public_id)
    if ends_at is None or not now < ends_at <= now + AUDIT_TERM:
        raise TermTooLong(user.public_id)


def _state(profile: StaffProfile) -> dict[str, Any]:
    state: dict[str, Any] = {"roles": profile.roles, "active": profile.active}
    return state | ({"ends_at": profile.ends_at.isoformat()} if profile.ends_at else {})


def _note(
    action: str, profile: StaffProfile, *, reason: str, before: dict[str, Any] | None, by: StaffProfile | None, now: datetime
) -> None:
    after, ref = _state(profile), profile.handle
    note(action=action, by=by, object_kind="staff", object_ref=ref, reason=reason, before=before, after=after, now=now)


def _free_handle() -> str:
    for _ in range(_TRIES):
        handle = "Mod-" + "".join(secrets.choice(_SIGNS) for _ in range(3))
        if not StaffProfile.objects.filter(handle=handle).exists():
            return handle
    raise NoHandleLeft
