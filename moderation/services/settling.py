"""What a decision does to the image that it is about: what was held is let go, or stays away and is remembered for a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from chat.queries.checking import find_standing_image
from chat.services import sights
from moderation.actions import ACTIONS
from moderation.enums import Action, ImageVerdict, TargetKind
from moderation.models import Decision, ImageCheck
from moderation.services.hashbank import forget_removed_image
from moderation.services.quarantine import unseal_checked

ACTIONED_KEPT = timedelta(days=365)


def settle_image(*, decision_id: int, now: datetime) -> None:
    """After a decision about an image: one that takes nothing away lets everybody see it; one that does keeps its hash for a year."""
    decision = Decision.objects.select_related("case").get(pk=decision_id)
    case = decision.case
    if case.target_kind != TargetKind.ATTACHMENT:
        return
    if ACTIONS[Action(decision.action)].takes_content(TargetKind.ATTACHMENT):
        ImageCheck.objects.filter(target_ref=case.target_ref).update(keep_until=now + ACTIONED_KEPT)
    else:
        _let_go(case.target_ref, now)


def settle_reversed(*, decision_id: int, now: datetime) -> None:
    """After a decision about an image was taken back: everybody sees it, and its hash is forgotten."""
    case = Decision.objects.select_related("case").get(pk=decision_id).case
    if case.target_kind != TargetKind.ATTACHMENT:
        return
    with transaction.atomic():
        forget_removed_image(case=case)
        gone = find_standing_image(public_id=case.target_ref, now=now) is None
        ImageCheck.objects.filter(target_ref=case.target_ref).update(keep_until=now if gone else None)
    _let_go(case.target_ref, now)


def end_checks(*, public_ids: Sequence[str], now: datetime) -> int:
    """What was measured of images that are gone has no more time, unless a decision took one away; how many. `privacy` destroys it."""
    return ImageCheck.objects.filter(target_ref__in=public_ids, keep_until__isnull=True).update(keep_until=now)


def _let_go(public_id: str, now: datetime) -> None:
    check = ImageCheck.objects.filter(target_ref=public_id, verdict=ImageVerdict.QUARANTINE).first()
    if check is None or not unseal_checked(check=check, now=now):
        sights.show_image(public_id=public_id, now=now)
    # a person has judged it, so what seals by itself leaves it alone from now on
    ImageCheck.objects.filter(target_ref=public_id, verdict=ImageVerdict.QUARANTINE, sealed=False).update(verdict=ImageVerdict.CLEAR)
