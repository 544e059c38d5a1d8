"""Pictures in full size: shown after a click, for a minute, to whoever holds the case, and not without end in a day.

Before the click neither a byte of the picture nor an address of it is in any page. Each look is noted in the audit chain.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from moderation.enums import AppealState, ApprovalKind
from moderation.models import Appeal, Case, Evidence, Reveal, StaffProfile
from moderation.queries.media import find_media
from moderation.services.approvals import use_approval
from moderation.services.evidence import unseal_evidence
from moderation.services.noting import note

SHOWN_FOR = timedelta(seconds=60)
DAILY = 40


class NoMedia(LookupError):
    """No such picture in this case, or its minute is over."""


class NotHeld(PermissionError):
    """Who does not hold the case has no reason to look."""


class EnoughForToday(Exception):
    """This person has looked at as many pictures today as they or the house allow."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """The key to one picture for one minute."""

    evidence: Evidence
    token: str
    until: datetime


def reveal_media(*, case: Case, evidence_id: str, by: StaffProfile, now: datetime) -> Revealed:
    """Note that somebody who holds the claim looks, and give them the token that opens the picture for 60 seconds.

    What belongs to child safety is looked at only after a second person agreed, once for each agreement (`VIEW_CHILD_ABUSE` on the
    evidence).

    Raises:
        NotHeld, NoMedia, EnoughForToday; moderation.services.approvals.NotApproved.
    """
    if case.claimed_by_id != by.pk or case.claim_expires_at is None or case.claim_expires_at <= now:
        raise NotHeld(case.public_id)
    return _reveal(case, evidence_id, by, "media.reveal", now)


def reveal_for_appeal(*, appeal: Appeal, evidence_id: str, by: StaffProfile, now: datetime) -> Revealed:
    """The same for whoever decides an appeal that waits: another person looks at what was removed.

    Raises:
        NotHeld, NoMedia, EnoughForToday; moderation.services.approvals.NotApproved.
    """
    if appeal.state != AppealState.PENDING:
        raise NotHeld(appeal.public_id)
    return _reveal(appeal.decision.case, evidence_id, by, "media.reveal_appeal", now)


def open_revealed(*, token: str, by: StaffProfile, now: datetime) -> tuple[bytes, str]:
    """The picture and its type, within the minute and for the person who clicked.

    Raises:
        NoMedia; moderation.services.evidence.EvidenceDamaged.
    """
    digest = hashlib.sha256(token.encode()).hexdigest()
    looks = Reveal.objects.select_related("evidence").filter(token_sha256=digest, staff=by, at__gt=now - SHOWN_FOR)
    look = looks.first()
    if look is None:
        raise NoMedia
    return unseal_evidence(evidence=look.evidence), look.evidence.content_type


def count_looks_today(*, staff: StaffProfile, now: datetime) -> int:
    """How many pictures somebody has looked at since midnight UTC."""
    return Reveal.objects.filter(staff=staff, at__gte=now.replace(hour=0, minute=0, second=0, microsecond=0)).count()


def daily_limit(staff: StaffProfile) -> int:
    """How many pictures this person looks at in a day at most: their own wish, never more than the house's."""
    return min(staff.daily_images, DAILY)


def _reveal(case: Case, evidence_id: str, by: StaffProfile, action: str, now: datetime) -> Revealed:
    evidence = find_media(case=case, public_id=evidence_id)
    if evidence is None:
        raise NoMedia(evidence_id)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        person = StaffProfile.objects.select_for_update().get(pk=by.pk)  # two clicks at once are counted one after the other
        if count_looks_today(staff=person, now=now) >= daily_limit(person):
            raise EnoughForToday(by.handle)
        if case.child_safety:
            use_approval(kind=ApprovalKind.VIEW_CHILD_ABUSE, object_ref=evidence.public_id, by=by, now=now)
        Reveal.objects.create(staff=person, evidence=evidence, token_sha256=hashlib.sha256(token.encode()).hexdigest(), at=now)
        note(action=action, by=by, object_kind="evidence", object_ref=evidence.public_id, reason=case.public_id, now=now)
    return Revealed(evidence=evidence, token=token, until=now + SHOWN_FOR)
