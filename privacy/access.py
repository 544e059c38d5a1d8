"""The door: what somebody may open of what privacy keeps about them, and who of the team handles it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.models import User
from moderation.enums import StaffRole
from privacy.models import Breach, DataRequest

if TYPE_CHECKING:
    from moderation.models import StaffProfile

# Who reads the queue. What somebody wrote is for data protection alone (`privacy.services.desk`).
READERS = (StaffRole.DATA_PROTECTION, StaffRole.AUDITOR)


class BreachNotFound(LookupError):
    """No such breach, or none of which this person was told."""


def get_breach_for_person(*, user: User, public_id: str) -> Breach:
    """A breach of which this person was told, or will be in a moment: that touches them, or everybody.

    Raises:
        BreachNotFound.
    """
    told = Breach.objects.filter(public_id=public_id, persons_told_at__isnull=False)
    found = told.filter(Q(everybody=True) | Q(people__user=user)).distinct().first()
    if found is None:
        raise BreachNotFound(public_id)
    return found


class RequestNotFound(LookupError):
    """No such request, or somebody else's; the two look the same."""


def get_request_for_owner(user: User, public_id: str) -> DataRequest:
    """A request that this person made.

    Raises:
        RequestNotFound.
    """
    found = DataRequest.objects.select_related("user").filter(user=user, public_id=public_id).first()
    if found is None:
        raise RequestNotFound(public_id)
    return found


def get_request_for_staff(*, staff: StaffProfile, public_id: str) -> DataRequest:
    """Anybody's request but their own, for the part of the team that handles them.

    Raises:
        RequestNotFound.
    """
    rows = DataRequest.objects.select_related("user", "handled_by").exclude(user=staff.user_id)
    found = rows.filter(public_id=public_id).first() if staff.has_role(*READERS) else None
    if found is None:
        raise RequestNotFound(public_id)
    return found
