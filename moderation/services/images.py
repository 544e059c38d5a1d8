"""The check of an image, off the path of requests: measured, compared, and shown, held or sealed. Never removed: a person does that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import AgeGate
from chat.queries.checking import StandingImage, find_standing_image, list_images_waiting, list_sent_images
from chat.queries.evidence import read_image_bytes
from chat.services import sights
from moderation.enums import HashBankKind, ImageVerdict, Reason, ReportSource, TargetKind
from moderation.models import ImageCheck
from moderation.services.matching import Match, find_match
from moderation.services.quarantine import list_unsealed, seal_checked
from moderation.services.reports import file_report
from moderation.targets import TargetGone, TargetNotFound

if TYPE_CHECKING:
    from moderation.imaging.reading import ImageFacts

PATIENCE = timedelta(minutes=10)
_BATCH = 100


def check_image(*, public_id: str, now: datetime) -> ImageCheck | None:
    """Measure an image, compare it with the banks, and let it be shown, hold it for a person, or seal it; None when it is gone.

    Done once for each image; called again, it goes on where it was interrupted. It holds no lock while it measures.

    Raises:
        core.images.NotAnImage, ImageTooLarge: not a file that we drew; nudity.ModelMissing.
    """
    image = find_standing_image(public_id=public_id, now=now)
    if image is None:
        return None
    check = ImageCheck.objects.filter(target_ref=public_id).exclude(verdict=ImageVerdict.UNCHECKED).first()
    if check is None:
        data = read_image_bytes(public_id=public_id)
        if data is None:
            return None
        check = _judge(image, data, now)
    if check.case_id is None:
        _apply(check, now)
        follow_check(check=check, now=now)
    return check


def follow_check(*, check: ImageCheck, now: datetime) -> None:
    """Bring what was found before a person, once: the image's case is opened. What nobody has sent waits for that, except what is like a
    picture of child abuse: its files are sealed at once."""
    if check.verdict == ImageVerdict.CLEAR:
        return
    if check.verdict != ImageVerdict.QUARANTINE and not list_sent_images(public_ids=[check.target_ref], now=now):
        return
    try:
        _open_case(check, now)
    except (TargetGone, TargetNotFound):  # taken back or expired meanwhile
        return
    if check.verdict == ImageVerdict.QUARANTINE:
        seal_checked(check=check, now=now)


def follow_up(*, now: datetime) -> int:
    """What was found and has no case yet, and what is not sealed yet, at most 100 of each a call; how many. For what was sent after its
    check, for what a process left when it ended, and for what was frozen when it should have been sealed."""
    open_ones = ImageCheck.objects.filter(case__isnull=True).exclude(verdict=ImageVerdict.CLEAR)
    held = list(open_ones.order_by("pk").values_list("target_ref", flat=True)[: 10 * _BATCH])
    sent = list_sent_images(public_ids=held, now=now)
    due = open_ones.filter(target_ref__in=sent) | open_ones.filter(verdict=ImageVerdict.QUARANTINE)
    checks = [*due.distinct().order_by("pk")[:_BATCH], *list_unsealed(now=now)[:_BATCH]]
    for check in checks:
        follow_check(check=check, now=now)
    return len(checks)


def hold_unchecked(*, now: datetime) -> int:
    """Bring before a person the images of new accounts that nothing has checked in ten minutes; how many. Nothing passes in silence."""
    late = list_images_waiting(since_before=now - PATIENCE, now=now, limit=_BATCH)
    for public_id in late:
        image = find_standing_image(public_id=public_id, now=now)
        if image is None or not sights.hold_image(public_id=public_id, now=now):
            continue
        words = _whereabouts(image) | {"verdict": ImageVerdict.UNCHECKED, "reason": Reason.OTHER, "checked_at": now}
        check, _made = ImageCheck.objects.get_or_create(target_ref=public_id, defaults=words)
        follow_check(check=check, now=now)
    return len(late)


def _judge(image: StandingImage, data: bytes, now: datetime) -> ImageCheck:
    from moderation.imaging.nudity import MODEL
    from moderation.imaging.reading import read_facts

    facts = read_facts(data, with_nudity=settings.IMAGE_MODEL)
    match = find_match(values=facts.pdq.variants, now=now) if facts.pdq.is_telling else None
    verdict, reason = _verdict(image, facts, match)
    found = _whereabouts(image) | {
        "pdq": facts.pdq.value,
        "quality": facts.pdq.quality,
        "nudity": facts.nudity,
        "model": MODEL if facts.nudity is not None else "",
        "verdict": verdict,
        "reason": reason,
        "bank": match.bank if match else "",
        "distance": match.distance if match else None,
        "checked_at": now,
    }
    return ImageCheck.objects.update_or_create(target_ref=image.public_id, defaults=found)[0]


def _whereabouts(image: StandingImage) -> dict[str, Any]:
    return {"owner_id": image.owner_id, "room": image.room_public_id, "place": image.room_id}


def _verdict(image: StandingImage, facts: ImageFacts, match: Match | None) -> tuple[ImageVerdict, str]:
    if match is not None:
        sealed = match.bank == HashBankKind.CHILD_ABUSE
        return (ImageVerdict.QUARANTINE if sealed else ImageVerdict.HOLD), match.reason
    if image.age_gate != AgeGate.SEXUAL and (facts.nudity or 0.0) >= settings.IMAGE_NUDITY_HOLD:
        return ImageVerdict.HOLD, Reason.SEXUAL_IN_GENERAL_ROOM
    return ImageVerdict.CLEAR, ""


def _apply(check: ImageCheck, now: datetime) -> None:
    if check.verdict == ImageVerdict.CLEAR:
        sights.pass_image(public_id=check.target_ref, now=now)
    else:
        sights.hold_image(public_id=check.target_ref, now=now)


def _open_case(check: ImageCheck, now: datetime) -> None:
    with transaction.atomic():
        locked = ImageCheck.objects.select_for_update().get(pk=check.pk)
        if locked.case_id is None:  # else another process was quicker
            filed = file_report(
                source=ReportSource.AUTOMATIC,
                reporter=None,
                target_kind=TargetKind.ATTACHMENT,
                target_ref=check.target_ref,
                reason=Reason(check.reason),
                explanation=explain_check(check),
                now=now,
            )
            locked.case = filed.report.case
            locked.save(update_fields=["case"])
    check.case_id = locked.case_id


def explain_check(check: ImageCheck) -> str:
    """Why an image is before the team, in the active language."""
    if check.verdict == ImageVerdict.UNCHECKED:
        return _("L’image n’a pas pu être vérifiée en dix minutes.")
    if check.bank:
        words = {"bank": HashBankKind(check.bank).label, "bits": check.distance}
        return _("L’image ressemble à une image connue (%(bank)s) : %(bits)s bits d’écart sur 256.") % words
    return _("Nudité probable : %(percent)s %%.") % {"percent": round(100 * (check.nudity or 0.0))}
