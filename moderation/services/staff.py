"""The team: taking somebody in, and what they may do."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from moderation.enums import StaffRole
from moderation.models import StaffProfile
from moderation.services.noting import note

# Without those that are read as another: 0 O, 1 I L, 5 S, 8 B.
_SIGNS = "234679ACDEFGHJKMNPQRTUVWXYZ"
_TRIES = 50


class NoHandleLeft(RuntimeError):
    """No free handle was found; the team has outgrown handles of this length."""


def enlist(*, user: User, roles: Iterable[StaffRole], by: StaffProfile | None = None, now: datetime) -> StaffProfile:
    """Make somebody one of the team with these roles and no others; a new one gets a handle, which they keep.

    `by` None: the operator of the house did it by command. Doing it twice changes and notes nothing.

    Raises:
        NoHandleLeft.
    """
    words = ",".join(sorted(set(roles)))
    with transaction.atomic():
        profile, made = StaffProfile.objects.select_for_update().get_or_create(
            user=user, defaults={"handle": _free_handle(), "roles": words, "created_at": now}
        )
        before = None if made else _state(profile)
        profile.roles, profile.active = words, True
        if before != _state(profile):
            profile.save(update_fields=["roles", "active"])
            _note("staff.enlist", profile, reason=words, before=before, by=by, now=now)
    return profile


def discharge(*, profile: StaffProfile, reason: str, by: StaffProfile | None = None, now: datetime) -> None:
    """End somebody's work in the team; the handle stays theirs and on what they decided."""
    with transaction.atomic():
        before = _state(profile)
        profile.active = False
        profile.save(update_fields=["active"])
        _note("staff.discharge", profile, reason=reason, before=before, by=by, now=now)


def _state(profile: StaffProfile) -> dict[str, Any]:
    return {"roles": profile.roles, "active": profile.active}


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
