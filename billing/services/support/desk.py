"""The team answers: a request is in one person's hands for a quarter of an hour, and is answered once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from billing.enums import SupportState
from billing.events import SupportAnswered
from billing.models import SupportRequest
from billing.services.alarms import Alarm, raise_alarm
from billing.services.deeds import note_deed
from core.outbox import publish
from core.sealing import seal
from core.text import clean
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify

CLAIM = timedelta(minutes=15)
LONGEST = 4000
SHORTEST = 2


class Taken(Exception):
    """Somebody else has it in hand."""


class Answered(Exception):
    """It has its answer."""


class NotInHand(Exception):
    """It is not in the hands of whoever puts it back, or no longer."""


class EmptyAnswer(ValueError):
    """Nothing was written."""


def claim_request(*, request_id: int, by: User, now: datetime) -> None:
    """Take a request for fifteen minutes; whoever has it and takes it again begins new ones.

    Raises:
        Taken, Answered.
    """
    if not _set(_free(request_id, by, now), claimed_by=by, claim_expires_at=now + CLAIM):
        raise _refusal(request_id)


def release_request(*, request_id: int, by: User, now: datetime) -> None:
    """Put it back for others.

    Raises:
        NotInHand.
    """
    mine = _open(request_id).filter(claimed_by=by, claim_expires_at__gt=now)
    if not _set(mine, claimed_by=None, claim_expires_at=None):
        raise NotInHand(request_id)


def answer_request(*, request_id: int, words: str, by: User, now: datetime) -> SupportRequest:
    """Answer a request that nobody else has in hand; the person is told where they read it.

    Raises:
        EmptyAnswer, Taken, Answered.
    """
    said = clean(words)[:LONGEST]
    if len(said) < SHORTEST:
        raise EmptyAnswer
    asked = SupportRequest.objects.get(pk=request_id)
    sealed = seal(asked.scope, said.encode(), asked.sealing_ad("sealed_answer"))
    with transaction.atomic():
        done = {"state": SupportState.ANSWERED, "sealed_answer": sealed, "answered_by": by, "answered_at": now}
        if not _set(_free(request_id, by, now), claimed_by=by, claim_expires_at=None, **done):
            raise _refusal(request_id)
        asked.refresh_from_db()
        note_deed("support.answer", kind="support", ref=asked.public_id, reason=asked.topic, by=by, role="support", now=now)
        _tell(asked, now)
    return asked


def alarm_late(*, now: datetime) -> int:
    """Wake the team for each request past its clock, once; how many there were."""
    late = list(SupportRequest.objects.filter(state=SupportState.OPEN, due_at__lte=now, alarmed_at=None).order_by("due_at")[:100])
    for asked in late:
        with transaction.atomic():
            if SupportRequest.objects.filter(pk=asked.pk, alarmed_at=None).update(alarmed_at=now):
                raise_alarm(alarm=Alarm.SUPPORT_LATE, ref=asked.public_id, path=reverse("admin:billing_support"), now=now)
    return len(late)


def _tell(asked: SupportRequest, now: datetime) -> None:
    if asked.user_id is None:
        publish(SupportAnswered(request_id=asked.pk))
        return
    notify(
        user_id=asked.user_id,
        kind=NoticeKind.SUPPORT_ANSWERED,
        subject=Subject("billing", "SUPPORT", asked.public_id),
        dedupe_key=f"support:{asked.public_id}",
        group_key="account:support",
        args={"ref": asked.public_id},
        path=reverse("billing:support_request", args=[asked.public_id]),
        now=now,
    )


def _open(request_id: int) -> QuerySet[SupportRequest]:
    return SupportRequest.objects.filter(pk=request_id, state=SupportState.OPEN)


def _free(request_id: int, by: User, now: datetime) -> QuerySet[SupportRequest]:
    """The open request, unless somebody else has it in hand."""
    free = Q(claimed_by__isnull=True) | Q(claimed_by=by) | Q(claim_expires_at__isnull=True) | Q(claim_expires_at__lte=now)
    return _open(request_id).filter(free)


def _refusal(request_id: int) -> Exception:
    return Taken(request_id) if _open(request_id).exists() else Answered(request_id)


def _set(rows: QuerySet[SupportRequest], **values: object) -> int:
    """The compare-and-set: how many rows it changed, one or none; `version` makes the count mean the same on every engine."""
    return rows.update(version=F("version") + 1, **values)
