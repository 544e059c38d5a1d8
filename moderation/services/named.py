"""Reading whom a request names: for the legal desk, and never without an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.queries import list_people
from moderation.courts.terms import IdentifierKind
from moderation.models import LegalRequest, StaffProfile
from moderation.services.holds import check_desk
from moderation.services.registering import check_not_named, note_request, open_given


@dataclass(frozen=True, slots=True)
class Shown:
    """One person as the authority wrote them, and the pseudonym of whom that was found to be (empty: nobody, or gone)."""

    kind: str
    given: str
    found: bool
    name: str
    from_at: datetime
    until_at: datetime


def read_named(*, request: LegalRequest, by: StaffProfile, now: datetime) -> list[Shown]:
    """Whom a request names, in its order.

    Raises:
        NotOnDesk, ConcernsYou; core.sealing.SealingError.
    """
    check_desk(by)
    check_not_named(request, by)
    with transaction.atomic():
        note_request("legal.read", request, by, request.file_numbers, now)
        rows = open_given(request=request)
    people = list_people(user_ids=[row.user_id for row, _given in rows if row.user_id is not None])
    return [
        Shown(
            kind=str(IdentifierKind(row.kind).label),
            given=given,
            found=row.user_id is not None,
            name=people[row.user_id].name if row.user_id in people else "",
            from_at=row.from_at,
            until_at=row.until_at,
        )
        for row, given in rows
    ]
