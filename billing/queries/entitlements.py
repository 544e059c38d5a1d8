"""What somebody may do because of what they have: domains ask for a code, never for a plan."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from accounts.models import User
from billing.enums import EntitlementCode
from billing.freemium import GRANTS
from billing.models import Entitlement

_SLOT = "entitlements"


def get_entitlement(user: User | None, code: str, now: datetime) -> int:
    """The best that this person has of `code` at this moment, in the units of billing.freemium; a guest (None) has what FREE gives.

    One query the first time for a given `user` object, none later: a page asks more than once. `forget_entitlements` looks again.

    Raises:
        ValueError: no such code.
    """
    grant = GRANTS[EntitlementCode(code)]
    if user is None:
        return grant.best(())
    return grant.best(row.value for row in _rows_of(user, now) if row.code == code and row.holds_at(now))


def list_entitlements(*, user: User, now: datetime) -> dict[EntitlementCode, int]:
    """Everything that this person has at this moment, by code; the query of `get_entitlement`."""
    return {code: get_entitlement(user, code, now) for code in EntitlementCode}


def forget_entitlements(user: User) -> None:
    """Have the next question look again, after something was given or taken."""
    user.__dict__.pop(_SLOT, None)


def _rows_of(user: User, now: datetime) -> list[Entitlement]:
    """What was given and is not over, kept on the object as proofs of age are."""
    rows: list[Entitlement] | None = user.__dict__.get(_SLOT)
    if rows is None:
        given = Entitlement.objects.filter(user_id=user.pk).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
        rows = user.__dict__[_SLOT] = list(given.only("code", "value", "starts_at", "ends_at")[:200])
    return rows
