"""How tests come to a case of child safety that an authority is told of: by the bank, and by two of CHILD_SAFETY."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import User
from moderation.enums import ApprovalKind, HashBankKind, Hotline
from moderation.models import Case, StaffProfile, Transmission
from moderation.services.approvals import approve, ask_approval
from moderation.services.transmissions import make_transmission
from moderation.tests.imaging import check, know, send, store
from moderation.tests.pictures import photo

if TYPE_CHECKING:
    from chat.models import Room


def sealed_case(user: User, room: Room, guard: StaffProfile) -> Case:
    """Somebody sends a picture of shapes that lies in the bank of that name; what becomes of it."""
    know(photo(1), HashBankKind.CHILD_ABUSE, guard)
    image = store(user, room, photo(1))
    send(user, room, image)
    case = check(image).case
    assert case is not None
    return case


def agree(case: Case, first: StaffProfile, second: StaffProfile, *, now: datetime | None = None) -> None:
    """Two agree that an authority is told."""
    now = now or timezone.now()
    asked = ask_approval(
        kind=ApprovalKind.TRANSMIT_CHILD_ABUSE, object_ref=case.public_id, by=first, reason="image connue de la banque", now=now
    )
    approve(approval=asked, by=second, reason="vérifié", concerns=case.subject, now=now)


def prepared(case: Case, first: StaffProfile, second: StaffProfile, hotline: Hotline = Hotline.PHAROS) -> Transmission:
    """A file for an authority."""
    agree(case, first, second)
    return make_transmission(case=case, hotline=hotline, by=first, now=timezone.now())
