"""Freezing what justice may still ask for. One person freezes, two lift before the end, and whom it is about is told nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.enums import UserStatus
from accounts.models import User
from chat.queries.records import find_authors
from core import sealing
from core.partitions import days_locked
from core.text import clean
from moderation.courts.clocks import PRESERVED_LONGER, due_alarms, preserved_until
from moderation.courts.terms import HoldScope, RequestKind
from moderation.enums import ApprovalKind, StaffRole
from moderation.models import HoldEpoch, HoldSubject, LegalHold, LegalRequest, StaffProfile
from moderation.services.alarms import tell_desk
from moderation.services.approvals import NotYoursToApprove, use_approval
from moderation.services.holdjournal import journal_soon
from moderation.services.noting import note
from notifications.enums import NoticeKind

_EPOCH = 1
_REASON = 500
_MOST = 1000


class NotOnDesk(PermissionError):
    """Not somebody of the legal desk in service."""


class HoldInvalid(ValueError):
    """No subject, too many, no reason, or an end that is past. `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class NotHeld(LookupError):
    """The hold is over or was lifted before."""


def take_epoch() -> int:
    """Lock the row that orders holds and destruction until the end of the transaction: whoever destroys calls this first, then reads what
    is held. On SQLite every transaction that writes is alone anyway."""
    HoldEpoch.objects.get_or_create(pk=_EPOCH)
    return HoldEpoch.objects.select_for_update().get(pk=_EPOCH).number


def place_hold(
    *,
    scope: HoldScope,
    subject_ids: Sequence[int] = (),
    lines: Collection[tuple[int, int]] = (),
    codes: Iterable[str] = (),
    by: StaffProfile,
    reason: str,
    until_at: datetime | None = None,
    request: LegalRequest | None = None,
    now: datetime,
) -> LegalHold:
    """Freeze what is kept of these subjects (no `codes`: all of it) until an hour or, without one, until it is lifted. A hold on rows takes
    `lines` in their place: messages as (room, number), with all that belongs to each.

    The keys of held people and of whoever wrote held messages are frozen too, so that nothing sealed can be made unreadable. When this
    returns, no batch that destroys any of it is running, and none will.

    Raises:
        NotOnDesk, HoldInvalid.
    """
    check_desk(by)
    words, subjects = clean(reason, lines=False)[:_REASON], _subjects(scope, subject_ids, lines)
    _check(words, subjects, until_at, now)
    with transaction.atomic():
        with days_locked():  # a day that is being dropped goes first; one that is not yet waits for the epoch
            take_epoch()
        HoldEpoch.objects.filter(pk=_EPOCH).update(number=F("number") + 1)
        hold = LegalHold.objects.create(
            request=request, scope=scope, codes=",".join(sorted(set(codes))), reason=words, from_at=now, until_at=until_at, placed_by=by
        )
        for one in subjects:
            one.hold = hold
        HoldSubject.objects.bulk_create(subjects)
        _note("hold.place", hold, by, words, now)
        journal_soon(now=now)
        freeze_people(user_ids={one.owner_id for one in subjects if one.owner_id is not None})
    return hold


def hold_for_request(*, request: LegalRequest, by: StaffProfile, now: datetime) -> LegalHold:
    """Freeze, in one deed, all that is kept of whom a request names, for as long as its law says.

    Raises:
        NotOnDesk; HoldInvalid: nobody of those named was found.
    """
    found = [row.user_id for row in request.subjects.all() if row.user_id is not None]
    until = preserved_until(kind=RequestKind(request.kind), at=now)
    words = f"{request.public_id} {request.file_numbers}"
    return place_hold(scope=HoldScope.USER, subject_ids=found, by=by, reason=words, until_at=until, request=request, now=now)


def prolong_hold(*, hold: LegalHold, by: StaffProfile, reason: str, now: datetime) -> LegalHold:
    """Thirty days more, as Regulation (EU) 2023/1543, article 11, lets an authority ask; a hold without an end stays as it is.

    Raises:
        NotOnDesk, NotHeld, HoldInvalid: without a reason.
    """
    check_desk(by)
    words = clean(reason, lines=False)[:_REASON]
    if not words:
        raise HoldInvalid("reason")
    with transaction.atomic():
        take_epoch()
        lasting = _lasting(now).filter(pk=hold.pk, until_at__isnull=False)
        if not lasting.update(until_at=F("until_at") + PRESERVED_LONGER, alarmed=None):
            raise NotHeld(hold.public_id)
        hold.refresh_from_db()
        _note("hold.prolong", hold, by, words, now)
        journal_soon(now=now)
    return hold


def lift_hold(*, hold: LegalHold, by: StaffProfile, reason: str, now: datetime) -> None:
    """End a hold before its time, with the agreement of a second person (`ApprovalKind.LIFT_HOLD` on its public id).

    Raises:
        NotOnDesk, NotHeld; moderation.services.approvals.NotApproved, NotYoursToApprove: one of the two is whom the hold is about.
    """
    check_desk(by)
    with transaction.atomic():
        take_epoch()
        agreed = use_approval(kind=ApprovalKind.LIFT_HOLD, object_ref=hold.public_id, by=by, now=now)
        both = (agreed.asked_by.user_id, agreed.approved_by.user_id if agreed.approved_by else by.user_id)
        if hold.subjects.filter(owner_id__in=both).exists():
            raise NotYoursToApprove(hold.public_id)
        if not _lasting(now).filter(pk=hold.pk).update(lifted_at=now, lifted_by=by, lift_approval=agreed):
            raise NotHeld(hold.public_id)
        HoldEpoch.objects.filter(pk=_EPOCH).update(number=F("number") + 1)
        _note("hold.lift", hold, by, clean(reason, lines=False) or agreed.reason, now)
        journal_soon(now=now)
    release_keys(hold=hold, now=now)


def release_keys(*, hold: LegalHold, now: datetime) -> None:
    """Let the keys of people go whom no other hold names."""
    mine = set(hold.subjects.filter(owner_id__isnull=False).values_list("owner_id", flat=True))
    others = HoldSubject.objects.filter(hold__in=_lasting(now), owner_id__in=mine).exclude(hold=hold)
    for user_id in mine - set(others.values_list("owner_id", flat=True)):
        sealing.unfreeze_key(f"user:{user_id}")


def freeze_people(*, user_ids: Collection[int]) -> None:
    """Freeze the keys under which what these people wrote is sealed. An account that is closed writes nothing any more: where its key was
    destroyed, an erasure has taken place, and no new one is made. Under the epoch, which every erasure takes."""
    closed = set(User.objects.filter(pk__in=user_ids, status=UserStatus.CLOSED).values_list("pk", flat=True))
    for user_id in user_ids:
        scope = f"user:{user_id}"
        if user_id not in closed or sealing.has_key(scope):
            sealing.freeze_key(scope)


def end_holds(*, now: datetime) -> dict[str, int]:
    """Give the alarms before holds end (seven days, one day), and let go of the keys of those that have ended."""
    told = sum(_alarm(hold, now) for hold in _lasting(now).filter(until_at__isnull=False))
    over = LegalHold.objects.filter(until_at__lte=now, lifted_at__isnull=True).exclude(alarmed=0)
    ended = [hold for hold in over[:_MOST] if LegalHold.objects.filter(pk=hold.pk).exclude(alarmed=0).update(alarmed=0)]
    for hold in ended:
        release_keys(hold=hold, now=now)
    return {"told": told, "ended": len(ended)}


def check_desk(by: StaffProfile) -> None:
    """Raises:
    NotOnDesk.
    """
    if not by.has_role(StaffRole.LEGAL_DESK):
        raise NotOnDesk(by.handle)


def _alarm(hold: LegalHold, now: datetime) -> int:
    if hold.until_at is None:
        return 0
    due = [int(ahead.total_seconds()) for ahead in due_alarms(begun_at=hold.from_at, ends_at=hold.until_at, now=now)]
    if not due or (hold.alarmed is not None and hold.alarmed <= min(due)):
        return 0
    with transaction.atomic():
        LegalHold.objects.filter(pk=hold.pk).update(alarmed=min(due))
        ref = f"{hold.public_id}:{hold.until_at:%Y%m%d}:{min(due)}"
        return tell_desk(kind=NoticeKind.HOLD_ENDING, ref=hold.public_id, once=ref, ends_at=hold.until_at, now=now)


def _subjects(scope: HoldScope, ids: Sequence[int], lines: Collection[tuple[int, int]]) -> list[HoldSubject]:
    if scope != HoldScope.ROWS:
        return [HoldSubject(subject_id=one, owner_id=one if scope == HoldScope.USER else None) for one in sorted(set(ids))]
    authors = find_authors(lines)
    if set(lines) - set(authors):  # nobody knows any more whose it was, so nothing of it is there
        raise HoldInvalid("subject_ids")
    return [HoldSubject(subject_id=room, number=number, owner_id=authors[room, number]) for room, number in sorted(authors)]


def _check(words: str, subjects: list[HoldSubject], until_at: datetime | None, now: datetime) -> None:
    if not words:
        raise HoldInvalid("reason")
    if not subjects or len(subjects) > _MOST:
        raise HoldInvalid("subject_ids")
    if until_at is not None and until_at <= now:
        raise HoldInvalid("until_at")


def _lasting(now: datetime) -> QuerySet[LegalHold]:
    return LegalHold.objects.filter(Q(until_at__isnull=True) | Q(until_at__gt=now), lifted_at__isnull=True)


def _note(action: str, hold: LegalHold, by: StaffProfile, reason: str, now: datetime) -> None:
    state = {"until": str(hold.until_at), "codes": hold.codes, "scope": hold.scope, "lifted": action == "hold.lift"}
    note(action=action, by=by, object_kind="legal_hold", object_ref=hold.public_id, reason=reason, after=state, role="legal_desk", now=now)
