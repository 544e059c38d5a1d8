"""What a person asks about their data: asked, taken back, prolonged, answered. Refusing is `privacy.services.refusals`.

The clock is the law's (GDPR, article 12(3)): one month, which is thirty days here, and two months more once, told within the first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.enums import UserStatus
from accounts.models import User
from accounts.services.limits import restrict_processing, resume_processing
from core import audit
from core.ids import new_public_id
from core.ratelimit import hit
from core.sealing import seal
from core.text import clean
from moderation.services.noting import note
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify
from privacy.enums import OPEN_STATES, TOPICS, ExtensionGround, RequestKind, RequestState
from privacy.models import DataRequest

if TYPE_CHECKING:
    from moderation.models import StaffProfile

MONTH = timedelta(days=30)
EXTENSION = timedelta(days=60)
# What we promise of an erasure, long before the law would be angry.
PROMISE = timedelta(hours=24)
SHORTEST, LONGEST = 10, 4000
PER_HOUR = 10
# What says nothing without words.
_WORDED = (RequestKind.RECTIFICATION, RequestKind.OBJECTION)
_UNANSWERED: dict[str, object] = {"answer": None, "refusal_ground": ""}
# From where each kind may still be taken back. An erasure that has begun cannot.
_TAKEABLE: dict[str, tuple[RequestState, ...]] = {
    RequestKind.ERASURE: (RequestState.RECEIVED, RequestState.WAITING),
    RequestKind.RECTIFICATION: (RequestState.RECEIVED,),
    RequestKind.OBJECTION: (RequestState.RECEIVED,),
}
# Whose end their own services tell: the archive when it is built, the erasure by the letter before the address goes.
_TOLD_ELSEWHERE = (RequestKind.EXPORT, RequestKind.ERASURE)


class TopicUnknown(ValueError):
    """Not one of the topics of this kind of request."""


class WordsMissing(ValueError):
    """Fewer words than somebody could answer to."""


class RequestOver(Exception):
    """It is closed, or too far on for this."""


class AlreadyExtended(Exception):
    """It was prolonged before; the law allows it once."""


class TooLateToExtend(Exception):
    """The first month is over, within which the person had to be told."""


def ask(*, user: User, kind: RequestKind, words: str = "", topic: str = "", reference: str = "", now: datetime) -> DataRequest:
    """Make use of a right: keep the request, start its clock, and do what must happen at once. Asked again while it is open, the open one
    comes back and nothing happens. `reference`: the one it had, of a request that a restore has lost.

    An erasure cuts off exports that are being built (they become WITHDRAWN; the builder looks); the rest of it is `privacy.erasure`'s. A
    restriction is in force when this returns.

    Raises:
        TopicUnknown, WordsMissing; core.ratelimit.RateLimited: ten an hour.
    """
    said = clean(words)[:LONGEST]
    _check(kind, topic, said)
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)
        key = ":".join(part for part in (str(user.pk), kind.value, topic) if part)
        found = DataRequest.objects.filter(open_key=key).first()
        if found is not None:
            return found
        hit("privacy.ask", str(user.pk), limit=PER_HOUR, seconds=3600)
        public_id = reference or new_public_id()
        made = DataRequest(public_id=public_id, user=user, kind=kind, topic=topic, open_key=key, asked_at=now, due_at=now + MONTH)
        made.wrote = seal(made.scope, said.encode(), made.sealing_ad("wrote")) if said else None
        _begin(made, user, now)
        made.save(force_insert=True)
        note_person("request.ask", made, now)
        tell_person(NoticeKind.DATA_REQUEST_RECEIVED, made, now)
    return made


def withdraw_request(*, request: DataRequest, now: datetime) -> None:
    """Take a request back; a restriction ends with it.

    Raises:
        RequestOver: closed, or begun where that cannot be undone.
    """
    rows = _takeable(request, now)
    with transaction.atomic():
        if not rows.update(state=RequestState.WITHDRAWN, closed_at=now, open_key=None, **_UNANSWERED):
            raise RequestOver(request.public_id)
        request.refresh_from_db()
        if request.kind == RequestKind.RESTRICTION:
            resume_processing(user=request.user, now=now)
        note_person("request.withdraw", request, now)


def may_withdraw(request: DataRequest, *, now: datetime) -> bool:
    """Whether it could be taken back now; none or one query."""
    return request.is_open and _takeable(request, now).exists()


def extend_request(*, request: DataRequest, ground: ExtensionGround, by: StaffProfile | None, reason: str, now: datetime) -> None:
    """Two months more, once, on a ground of article 12(3), and the person is told within the first month. `by` None: the house itself,
    for what may not be done now (privacy.services.clocks). `reason` is for the audit chain.

    Raises:
        RequestOver, AlreadyExtended, TooLateToExtend.
    """
    if request.extended_until is not None:
        raise AlreadyExtended(request.public_id)
    if now >= request.due_at:
        raise TooLateToExtend(request.public_id)
    until = request.due_at + EXTENSION
    with transaction.atomic():
        rows = DataRequest.objects.filter(pk=request.pk, state__in=OPEN_STATES, extended_until=None)
        if not rows.update(extended_until=until, extension_ground=ground, alarmed=None):
            raise RequestOver(request.public_id)
        request.refresh_from_db()
        note_staff("request.extend", request, by, f"{ground}: {reason}", now)
        tell_person(NoticeKind.DATA_REQUEST_EXTENDED, request, now)


def close_request(*, request: DataRequest, words: str = "", by: StaffProfile | None = None, now: datetime) -> None:
    """Say that what was asked is done, with an answer in words where there is one. `by` None: the house did it by itself. The person is
    told, but for exports and erasures, whose own services do that.

    Raises:
        RequestOver.
    """
    said = clean(words)[:LONGEST]
    answer = seal(request.scope, said.encode(), request.sealing_ad("answer")) if said else None
    values: dict[str, object] = {"state": RequestState.DONE, "answer": answer, "refusal_ground": "", "handled_by": by}
    with transaction.atomic():
        end_request(request, values, now)
        note_staff("request.close", request, by, request.kind, now)
        if request.kind not in _TOLD_ELSEWHERE:
            tell_person(NoticeKind.DATA_REQUEST_ANSWERED, request, now)


def end_request(request: DataRequest, values: dict[str, object], now: datetime) -> None:
    """Close a request that is open, by the count of rows of one UPDATE, and read it again. One that is taken back loses the refusal that
    somebody may have proposed.

    Raises:
        RequestOver.
    """
    rows = DataRequest.objects.filter(pk=request.pk, state__in=OPEN_STATES)
    unsaid = _UNANSWERED if values["state"] == RequestState.WITHDRAWN else {}
    if not rows.update(closed_at=now, open_key=None, next_try_at=None, **(values | unsaid)):
        raise RequestOver(request.public_id)
    request.refresh_from_db()


def note_person(action: str, request: DataRequest, now: datetime) -> None:
    """Append what its person did to the audit chain."""
    entry = audit.Entry(
        action=action,
        object_kind="data_request",
        object_ref=request.public_id,
        reason=" ".join(filter(None, (request.kind, request.topic))),
        actor=request.user.public_id,
        role="person",
    )
    audit.append(entry, now=now)


def note_staff(action: str, request: DataRequest, by: StaffProfile | None, reason: str, now: datetime) -> None:
    """Append what the team or the house did to the audit chain."""
    role = "data_protection" if by else "system"
    after = {"state": request.state, "until": str(request.owed_by), "ground": request.refusal_ground}
    note(action=action, by=by, object_kind="data_request", object_ref=request.public_id, reason=reason, after=after, role=role, now=now)


def tell_person(kind: NoticeKind, request: DataRequest, now: datetime) -> None:
    """Tell the person where their request stands, by the roads of the kind; once for each kind and request."""
    notify(
        user_id=request.user_id,
        kind=kind,
        subject=Subject("privacy", "REQUEST", request.public_id),
        dedupe_key=f"{kind}:{request.public_id}",
        group_key=f"privacy:{request.public_id}",
        args={"right": request.kind, "ref": request.public_id, "due_on": request.owed_by.date().isoformat()},
        path=reverse("privacy:request", args=[request.public_id]),
        now=now,
    )


def _check(kind: RequestKind, topic: str, said: str) -> None:
    if topic not in TOPICS.get(kind, ("",)):
        raise TopicUnknown(topic)
    if kind in _WORDED and len(said) < SHORTEST:
        raise WordsMissing


def _takeable(request: DataRequest, now: datetime) -> QuerySet[DataRequest]:
    """The request, as long as it may be taken back: an erasure until the first of it is done and the account is out of sight."""
    rows = DataRequest.objects.filter(pk=request.pk, state__in=_TAKEABLE.get(request.kind, OPEN_STATES))
    if request.kind != RequestKind.ERASURE:
        return rows
    seen = Q(user__closes_at__isnull=True) | Q(user__closes_at__gt=now)
    return rows.filter(seen, next_step="").exclude(user__status=UserStatus.CLOSED)


def _begin(made: DataRequest, user: User, now: datetime) -> None:
    """What happens in the moment of asking."""
    if made.kind == RequestKind.ERASURE:
        made.target_at = now + PROMISE
        _cut_exports_off(user, now)
    if made.kind == RequestKind.RESTRICTION:
        made.state = RequestState.RUNNING
        restrict_processing(user=user, now=now)


def _cut_exports_off(user: User, now: datetime) -> None:
    building = DataRequest.objects.filter(user=user, kind=RequestKind.EXPORT, state__in=OPEN_STATES)
    for one in building.select_related("user"):
        end_request(one, {"state": RequestState.WITHDRAWN}, now)
        note_person("request.withdraw", one, now)
