"""Telling an authority of the abuse of a child (DSA art. 18): two make the file, a person sends it and writes down the receipt.

From the receipt on the evidence is kept until the authority has confirmed that it needs nothing more of us, a year at most; a legal hold
keeps it longer. `privacy` destroys it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction

from core import sealing
from core.text import clean
from moderation.enums import ApprovalKind, Hotline, StaffRole
from moderation.models import Case, StaffProfile, Transmission
from moderation.services.approvals import NotYoursToApprove, use_approval
from moderation.services.dossiers import compose_dossier
from moderation.services.noting import note

SCOPE = "child-safety"
KEPT = timedelta(days=365)
_WORDS = 200


class NotForYou(PermissionError):
    """Not somebody of CHILD_SAFETY in service, a case that is not of child safety, or one's own matter."""


class ReceiptMissing(ValueError):
    """Nothing is marked without the reference that the authority gave, or its words."""


class NotThen(ValueError):
    """Transmitted before the file was made, or in the future."""


class WrongMoment(Exception):
    """It was marked or confirmed before, or it is confirmed before it was transmitted."""


class AnotherMustConfirm(PermissionError):
    """Who marked the transmission does not confirm it: with it the evidence goes."""


class TransmissionOver(LookupError):
    """The file was destroyed; its digest and its receipt are left."""


def make_transmission(*, case: Case, hotline: Hotline, by: StaffProfile, now: datetime) -> Transmission:
    """Compose the file for an authority and seal it here, with the agreement of two (`TRANSMIT_CHILD_ABUSE` on the case), once for each
    agreement. Nothing is sent.

    Raises:
        NotForYou; moderation.services.approvals.NotApproved, NotYoursToApprove: it is about one of the two;
        moderation.services.evidence.EvidenceDamaged: then the agreement is not used up.
    """
    _check(case, by)
    with transaction.atomic():
        agreed = use_approval(kind=ApprovalKind.TRANSMIT_CHILD_ABUSE, object_ref=case.public_id, by=by, now=now)
        if case.subject_id in (agreed.asked_by.user_id, agreed.approved_by.user_id if agreed.approved_by else None):
            raise NotYoursToApprove(case.public_id)
        made = Transmission(case=case, hotline=hotline, approval=agreed, made_by=by, made_at=now)
        data = compose_dossier(transmission=made, agreed=agreed)
        made.sha256, made.size = hashlib.sha256(data).hexdigest(), len(data)
        made.blob = sealing.seal(SCOPE, data, made.sealing_ad)
        made.save(force_insert=True)
        _note("child.prepare", made, by, hotline.value, now)
    return made


def fetch_transmission(*, transmission: Transmission, by: StaffProfile, now: datetime) -> bytes:
    """The file, to be handed to the authority; each time noted. The page asks for the password anew before.

    Raises:
        NotForYou, TransmissionOver; core.sealing.SealingError: it was moved or damaged.
    """
    _check(transmission.case, by)
    if transmission.blob is None:
        raise TransmissionOver(transmission.public_id)
    with transaction.atomic():
        _note("child.fetch", transmission, by, transmission.hotline, now)
    return sealing.open_sealed(SCOPE, bytes(transmission.blob), transmission.sealing_ad)


def mark_transmitted(*, transmission: Transmission, receipt: str, transmitted_at: datetime, by: StaffProfile, now: datetime) -> None:
    """Write down that it was sent, when, and what the authority answered; once.

    Raises:
        NotForYou, ReceiptMissing, NotThen, WrongMoment.
    """
    _check(transmission.case, by)
    words = _words(receipt)
    # A form knows minutes alone.
    if not transmission.made_at.replace(second=0, microsecond=0) <= transmitted_at <= now:
        raise NotThen(transmission.public_id)
    with transaction.atomic():
        waiting = Transmission.objects.filter(pk=transmission.pk, transmitted_at__isnull=True)
        if not waiting.update(transmitted_at=transmitted_at, receipt=words, marked_by=by, keep_until=transmitted_at + KEPT):
            raise WrongMoment(transmission.public_id)
        _note("child.transmit", transmission, by, words, now)
    transmission.refresh_from_db()


def confirm_transmission(*, transmission: Transmission, words: str, by: StaffProfile, now: datetime) -> None:
    """Write down that the authority has what it needs. If no other transmission of the case has more time, its evidence goes with the
    next purge, when the case is decided and no appeal waits.

    Raises:
        NotForYou, ReceiptMissing, WrongMoment, AnotherMustConfirm.
    """
    _check(transmission.case, by)
    said = _words(words)
    if transmission.marked_by_id == by.pk:
        raise AnotherMustConfirm(transmission.public_id)
    with transaction.atomic():
        sent = Transmission.objects.filter(pk=transmission.pk, transmitted_at__isnull=False, confirmed_at__isnull=True)
        if not sent.update(confirmed_at=now, confirmation=said, keep_until=now):
            raise WrongMoment(transmission.public_id)
        _note("child.confirm", transmission, by, said, now)
    transmission.refresh_from_db()


def _check(case: Case, by: StaffProfile) -> None:
    if not case.child_safety or not by.has_role(StaffRole.CHILD_SAFETY) or case.subject_id == by.user_id:
        raise NotForYou(case.public_id)


def _words(text: str) -> str:
    cleaned = clean(text, lines=False)[:_WORDS]
    if not cleaned:
        raise ReceiptMissing
    return cleaned


def _note(action: str, transmission: Transmission, by: StaffProfile, reason: str, now: datetime) -> None:
    state = {"case": transmission.case.public_id, "hotline": transmission.hotline, "sha256": transmission.sha256}
    ref = transmission.public_id
    note(action=action, by=by, object_kind="transmission", object_ref=ref, reason=reason, after=state, role="child_safety", now=now)
