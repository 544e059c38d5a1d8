"""The door: what somebody may open of what privacy keeps about them."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from privacy.models import Breach


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
