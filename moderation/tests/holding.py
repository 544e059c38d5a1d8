"""Images that are held, as tests make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.test import Client
from django.utils import timezone

from accounts.models import User
from moderation.enums import Action, CaseState, Ground, HashBankKind
from moderation.models import Case, Decision, StaffProfile
from moderation.tests.imaging import check, know, send, store
from moderation.tests.pictures import photo

if TYPE_CHECKING:
    from chat.models import Attachment, Room

KNOWN, OTHER = photo(1), photo(2)


def statuses(client: Client, image: Attachment) -> list[int]:
    return [client.get(f"/media/{image.public_id}/{variant}/").status_code for variant in ("full", "thumb")]


def held(room: Room, amina: User, senior: StaffProfile, kind: HashBankKind = HashBankKind.SCAM_PHOTO) -> Attachment:
    know(KNOWN, kind, senior)
    image = store(amina, room, KNOWN)
    send(amina, room, image)
    check(image)
    return image


def decide(case: Case, action: Action) -> Decision:
    """The row of a decision with its event, as deciding leaves them."""
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(state=CaseState.DECIDED, open_key=None, decided_at=now)
    words = {"ground": Ground.TERMS, "ground_ref": "1", "explanation": "e", "facts": "f", "starts_at": now}
    return Decision.objects.create(case=case, action=action, reason=case.reason, subject=case.subject, **words)
