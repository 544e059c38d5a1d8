"""Refusing a request: one person of data protection names the ground of the law and writes the answer, another agrees, and with the
agreement it is refused and its person told.

A refused restriction does not end in that moment: its person is told a week before (GDPR, article 18(3)).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from core.sealing import seal
from core.text import clean
from moderation.enums import ApprovalKind
from moderation.services.approvals import approve, ask_approval, use_approval
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify
from privacy.enums import RefusalGround, RequestKind, RequestState
from privacy.models import DataRequest
from privacy.queries.requests import find_refusal
from privacy.reasons import REASONS
from privacy.services.requests import LONGEST, SHORTEST, RequestOver, WordsMissing, end_request, note_staff, tell_person

if TYPE_CHECKING:
    from moderation.models import SecondApproval, StaffProfile

TOLD_BEFORE = timedelta(days=7)
_KIND = ApprovalKind.REFUSE_DATA_REQUEST


class GroundUnknown(ValueError):
    """Not a ground on which this right can be refused."""


class RefusalWaits(Exception):
    """Somebody has proposed a refusal, and it waits for a second person: what it says is not changed under their eyes."""


def propose_refusal(*, request: DataRequest, ground: str, words: str, by: StaffProfile, reason: str, now: datetime) -> SecondApproval:
    """Write the refusal and ask a second person of data protection to agree; nothing is told to its person. `words` is the answer, sealed
    at once; `reason` is for the team and stands in the audit chain.

    Raises:
        RequestOver, GroundUnknown, WordsMissing, RefusalWaits; moderation.services.approvals.NotYoursToApprove, ApprovalReasonMissing.
    """
    said = clean(words)[:LONGEST]
    if ground not in REASONS or request.kind not in REASONS[ground].kinds:
        raise GroundUnknown(ground)
    if len(said) < SHORTEST:
        raise WordsMissing
    with transaction.atomic():
        _lock(request)
        if find_refusal(request=request, now=now) is not None:
            raise RefusalWaits(request.public_id)
        written = {"refusal_ground": ground, "answer": seal(request.scope, said.encode(), request.sealing_ad("answer"))}
        DataRequest.objects.filter(pk=request.pk).update(**written)
        request.refresh_from_db()
        note_staff("request.propose_refusal", request, by, ground, now)
        return ask_approval(kind=_KIND, object_ref=request.public_id, by=by, reason=reason, now=now)


def may_refuse(request: DataRequest) -> bool:
    """Whether it is at a point where it can be refused: not once an erasure or a copy is being made."""
    machine_made = request.kind in (RequestKind.EXPORT, RequestKind.ERASURE)
    return request.is_open and not (machine_made and (request.next_step or request.state == RequestState.RUNNING))


def refuse_request(*, request: DataRequest, approval: SecondApproval, by: StaffProfile, reason: str, now: datetime) -> None:
    """Agree to a refusal as another person than who wrote it, and refuse in the same deed; the person is told with the ground.

    Raises:
        RequestOver; moderation.services.approvals.NotYoursToApprove: whoever asked, another role, or the person concerned; NotApproved: too
        late; ApprovalReasonMissing.
    """
    with transaction.atomic():
        _lock(request)
        approve(approval=approval, by=by, reason=reason, concerns=request.user, now=now)
        use_approval(kind=_KIND, object_ref=request.public_id, by=by, now=now)
        values: dict[str, object] = {"state": RequestState.REFUSED, "handled_by": by}
        ends = request.kind == RequestKind.RESTRICTION
        end_request(request, values | ({"ends_at": now + TOLD_BEFORE} if ends else {}), now)
        note_staff("request.refuse", request, by, RefusalGround(request.refusal_ground), now)
        tell_person(NoticeKind.DATA_REQUEST_ANSWERED, request, now)
        if ends:
            _announce_end(request, now)


def _lock(request: DataRequest) -> None:
    """Hold the row until the end of the transaction, so that neither another proposal nor the house itself comes between.

    Raises:
        RequestOver.
    """
    if not may_refuse(DataRequest.objects.select_for_update().get(pk=request.pk)):
        raise RequestOver(request.public_id)


def _announce_end(request: DataRequest, now: datetime) -> None:
    notify(
        user_id=request.user_id,
        kind=NoticeKind.LIMITS_ENDING,
        subject=Subject("privacy", "REQUEST", request.public_id),
        dedupe_key=f"limits:{request.public_id}",
        group_key=f"privacy:{request.public_id}",
        args={"ref": request.public_id, "ends_on": (now + TOLD_BEFORE).date().isoformat()},
        path=reverse("privacy:request", args=[request.public_id]),
        now=now,
    )
