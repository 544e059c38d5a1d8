"""What is like a picture of child abuse: its files are destroyed where they lay, and what is left lies sealed as evidence.

The case is for CHILD_SAFETY alone, and the evidence opens for two of them together (`services.reveals`). While a legal hold names the
image its files stay, shown to nobody, and are destroyed when the hold is over.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from chat.services import sights
from moderation.enums import ImageVerdict
from moderation.models import Case, Evidence, ImageCheck
from moderation.queries.holds import Held, list_held
from moderation.services.evidence import MEDIA, unseal_evidence
from moderation.services.holds import take_epoch
from moderation.services.noting import note

_CODE = "MEDIA"
_MOST = 1000


def seal_checked(*, check: ImageCheck, now: datetime) -> None:
    """Take the files of an image away whose evidence is sealed. Other cases that hold the same file become invisible to ordinary staff."""
    with transaction.atomic():
        take_epoch()
        frozen = _is_frozen(check, list_held(code=_CODE, now=now))
        kept = Evidence.objects.filter(case__image_checks=check, kind=MEDIA).values_list("sha256", flat=True)
        others = Case.objects.filter(evidence__sha256__in=list(kept), child_safety=False).values_list("pk", flat=True)
        Case.objects.filter(pk__in=list(others)).update(child_safety=True, version=F("version") + 1)
        sights.seal_image(public_id=check.target_ref, now=now, keep_files=frozen)
        if ImageCheck.objects.filter(pk=check.pk, sealed=False).update(sealed=not frozen):
            action = "image.freeze" if frozen else "image.seal"
            note(action=action, by=None, object_kind="image", object_ref=check.target_ref, reason=check.reason, now=now)
    check.sealed = not frozen


def list_unsealed(*, now: datetime) -> list[ImageCheck]:
    """What should have been sealed and is not, without what is frozen; at most 1000. Two queries."""
    rows = ImageCheck.objects.filter(verdict=ImageVerdict.QUARANTINE, sealed=False, case__isnull=False).order_by("pk")
    held = list_held(code=_CODE, now=now)
    return [row for row in rows[:_MOST] if not _is_frozen(row, held)]


def _is_frozen(check: ImageCheck, held: Held) -> bool:
    return bool(held.spans_of(user_id=check.owner_id, room_id=check.place, case_id=check.case_id))


def unseal_checked(*, check: ImageCheck, now: datetime) -> bool:
    """Put back from the evidence what was sealed by mistake; False when the image has expired or nothing was kept.

    Raises:
        EvidenceDamaged.
    """
    kept = Evidence.objects.filter(case__image_checks=check, kind=MEDIA).order_by("pk").first()
    if kept is None or not sights.unseal_image(public_id=check.target_ref, data=unseal_evidence(evidence=kept), now=now):
        return False
    with transaction.atomic():
        ImageCheck.objects.filter(pk=check.pk).update(sealed=False)
        note(action="image.unseal", by=None, object_kind="image", object_ref=check.target_ref, reason=check.reason, now=now)
    return True
