"""The way of a request: authenticated, delimited, gathered, agreed to by two, handed over, closed; or refused in its form, or preserved.

Every step is claimed by the state it starts from, so that two people at once do it once, and stands in the audit chain. What gathers is
an inventory: nothing sealed is opened before two persons have agreed (`moderation.services.releases`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from core.text import clean
from moderation.courts.annex import FORMS, Form, box_of
from moderation.courts.authorities import is_official, is_same_number
from moderation.courts.clocks import due_alarms
from moderation.courts.gate import check_gate
from moderation.courts.terms import ANSWERED, Channel, DataCategory, FormalReason, RequestKind, RequestState
from moderation.enums import ApprovalKind
from moderation.models import LegalRequest, SecondApproval, StaffProfile
from moderation.queries.holds import is_request_held
from moderation.services.alarms import tell_desk
from moderation.services.approvals import approve, ask_approval
from moderation.services.holds import check_desk
from moderation.services.packages import destroy_packages
from moderation.services.registering import RequestInvalid, check_not_named, find_again, note_request
from notifications.enums import NoticeKind

_WORDS = 500
_OPEN = (RequestState.RECEIVED, RequestState.AUTHENTICATED, RequestState.SCOPED, RequestState.COLLECTED, RequestState.APPROVED)
# Orders that make us act or keep end without a package.
_PLAIN = (RequestKind.DSA_9, RequestKind.ADMIN_REMOVAL, RequestKind.EPOC_PR)


class WrongStep(Exception):
    """The request is not where this step starts: somebody was faster, or a step was left out."""


class CallBackNotPublic(ValueError):
    """The number called is the one that the request gives itself, or no directory was named."""


class SamePerson(PermissionError):
    """The second call back has to be another person's."""


class CounselMissing(PermissionError):
    """A lawyer, a journalist or somebody with an immunity is named, and no counsel has spoken."""


class NotPreserved(LookupError):
    """Nothing of those named is frozen, so it cannot be said that it is preserved."""


def needs_second_call(request: LegalRequest) -> bool:
    """Whether two persons must each have called the authority: in every emergency, and when the letter came from no official domain."""
    return request.emergency or (request.channel == Channel.EMAIL and not is_official(request.sender))


def authenticate_request(
    *, request: LegalRequest, by: StaffProfile, directory: str, number: str, answered_by: str, now: datetime
) -> LegalRequest:
    """Note a call back to a number of a public directory. Where two persons are needed the first call leaves the request where it is.

    Raises:
        NotOnDesk, ConcernsYou, WrongStep, CallBackNotPublic, SamePerson.
    """
    _check(request, by)
    called = ", ".join(clean(part, lines=False) for part in (directory, number, answered_by))[:_WORDS]
    if not all(clean(part, lines=False) for part in (directory, number, answered_by)) or is_same_number(number, request.phone):
        raise CallBackNotPublic(number)
    if request.authenticated_by_id is None:
        done = request.state if needs_second_call(request) else RequestState.AUTHENTICATED
        changes: dict[str, Any] = {"authenticated_by": by, "authentication": called}
        first = {"authenticated_by": None}
        return _move(request, RequestState.RECEIVED, done, "legal.authenticate", by, called, now, where=first, **changes)
    if request.authenticated_by_id == by.pk:
        raise SamePerson(by.handle)
    changes = {"confirmed_by": by, "confirmation": called}
    return _move(request, RequestState.RECEIVED, RequestState.AUTHENTICATED, "legal.confirm", by, called, now, **changes)


def scope_request(*, request: LegalRequest, categories: Sequence[DataCategory], by: StaffProfile, now: datetime) -> LegalRequest:
    """Say what of the request can be answered: the categories that its law opens, of those that were asked for; look again for whom it
    names.

    Raises:
        NotOnDesk, ConcernsYou, WrongStep, RequestInvalid: none, or more than was asked for; moderation.courts.gate.Gated.
    """
    _check(request, by)
    if not categories or set(categories) - set(request.asked):
        raise RequestInvalid("categories")
    check_gate(request.facts, categories)
    words = ",".join(category for category in DataCategory if category in categories)
    with transaction.atomic():
        find_again(request=request)
        check_not_named(request, by)
        return _move(request, RequestState.AUTHENTICATED, RequestState.SCOPED, "legal.scope", by, words, now, categories=words)


def note_counsel(*, request: LegalRequest, by: StaffProfile, words: str, now: datetime) -> None:
    """Keep what counsel said of a request that names somebody protected (CPP 60-1-1, law of 1881).

    Raises:
        NotOnDesk, ConcernsYou, RequestInvalid.
    """
    _check(request, by)
    said = clean(words, lines=False)[:_WORDS]
    if not said:
        raise RequestInvalid("counsel_note")
    with transaction.atomic():
        LegalRequest.objects.filter(pk=request.pk).update(counsel_note=said)
        note_request("legal.counsel", request, by, said, now)
    request.refresh_from_db(fields=["counsel_note"])


def collect_request(*, request: LegalRequest, by: StaffProfile, now: datetime) -> LegalRequest:
    """Note that the inventory of what exists was drawn up (`moderation.queries.inventory`); nothing is opened.

    Raises:
        NotOnDesk, ConcernsYou, WrongStep, CounselMissing.
    """
    _check(request, by)
    if request.protected and not request.counsel_note:
        raise CounselMissing(request.public_id)
    return _move(request, RequestState.SCOPED, RequestState.COLLECTED, "legal.collect", by, request.categories, now)


def ask_release(*, request: LegalRequest, by: StaffProfile, reason: str, now: datetime) -> SecondApproval:
    """Ask a second person to agree that the data are handed over.

    Raises:
        NotOnDesk, ConcernsYou, WrongStep; moderation.services.approvals.ApprovalReasonMissing.
    """
    _check(request, by)
    if request.state not in (RequestState.COLLECTED, RequestState.APPROVED):
        raise WrongStep(request.state)
    return ask_approval(kind=ApprovalKind.RELEASE_DATA, object_ref=request.public_id, by=by, reason=reason, now=now)


def agree_release(*, request: LegalRequest, approval: SecondApproval, by: StaffProfile, reason: str, now: datetime) -> LegalRequest:
    """Agree, as another person than who asked.

    Raises:
        NotOnDesk, ConcernsYou, WrongStep: also when the agreement was asked for another request;
        moderation.services.approvals.NotYoursToApprove, ApprovalReasonMissing, NotApproved.
    """
    _check(request, by)
    if approval.kind != ApprovalKind.RELEASE_DATA or approval.object_ref != request.public_id:
        raise WrongStep(approval.public_id)
    with transaction.atomic():
        agreed = approve(approval=approval, by=by, reason=reason, now=now)
        if request.state == RequestState.APPROVED:  # an earlier agreement was not used in time
            return request
        return _move(request, RequestState.COLLECTED, RequestState.APPROVED, "legal.approve", by, agreed.approval_reason, now)


def refuse_formal(*, request: LegalRequest, reason: FormalReason, words: str, by: StaffProfile, now: datetime) -> LegalRequest:
    """Answer that a request cannot be carried out as it stands, with the reason and an explanation.

    Raises:
        NotOnDesk, ConcernsYou, WrongStep: it was answered; RequestInvalid: no explanation.
    """
    _check(request, by)
    said = clean(words, lines=False)[:1000]
    if not said:
        raise RequestInvalid("refusal_words")
    changes: dict[str, Any] = {"refusal": reason, "refusal_words": said, "answered_at": now}
    with transaction.atomic():
        if request.state not in _OPEN:
            raise WrongStep(request.state)
        old = RequestState(request.state)
        return _move(request, old, RequestState.REFUSED_FORMAL, "legal.refuse", by, f"{reason}: {said}", now, **changes)


def refusal_form(*, request: LegalRequest, addressee: str, now: datetime) -> Form | None:
    """The form of Annex III of Regulation (EU) 2023/1543 for a refused EPOC or EPOC-PR; None for all else."""
    if request.kind not in FORMS or request.state != RequestState.REFUSED_FORMAL:
        return None
    return Form(
        certificate=request.kind.replace("_", "-"),
        authority=request.authority,
        addressee=addressee,
        file_numbers=request.file_numbers,
        received_at=request.received_at,
        reasons=(box_of(FormalReason(request.refusal)),),
        explanation=request.refusal_words,
        preserved=is_request_held(request=request, now=now),
    )


def preserve_request(*, request: LegalRequest, by: StaffProfile, now: datetime) -> LegalRequest:
    """Answer that what was to be preserved lies frozen.

    Raises:
        NotOnDesk, ConcernsYou, WrongStep, NotPreserved.
    """
    _check(request, by)
    if not is_request_held(request=request, now=now):
        raise NotPreserved(request.public_id)
    return _move(request, RequestState.AUTHENTICATED, RequestState.PRESERVED, "legal.preserve", by, request.kind, now, answered_at=now)


def close_request(*, request: LegalRequest, receipt: str, by: StaffProfile, now: datetime) -> LegalRequest:
    """End a request that was answered, with the authority's receipt; of an order to act, what was done. Its packages are destroyed.

    Raises:
        NotOnDesk, ConcernsYou, WrongStep, RequestInvalid: no receipt.
    """
    _check(request, by)
    said = clean(receipt, lines=False)[:300]
    if not said:
        raise RequestInvalid("receipt")
    acted = request.kind in _PLAIN and request.state == RequestState.AUTHENTICATED
    if request.state not in ANSWERED[:1] + ANSWERED[2:] and not acted:
        raise WrongStep(request.state)
    changes: dict[str, Any] = {"receipt": said, "closed_at": now, "answered_at": request.answered_at or now}
    with transaction.atomic():
        destroy_packages(request=request)
        return _move(request, RequestState(request.state), RequestState.CLOSED, "legal.close", by, said, now, **changes)


def ring_deadlines(*, now: datetime) -> int:
    """Wake the desk seven days and one day before an answer is due, and when it is late; each once. How many notices were made."""
    waiting = LegalRequest.objects.filter(state__in=_OPEN).order_by("deadline_at")
    return sum(_ring(request, now) for request in waiting[:500])


def _ring(request: LegalRequest, now: datetime) -> int:
    due = [int(ahead.total_seconds()) for ahead in due_alarms(begun_at=request.received_at, ends_at=request.deadline_at, now=now)]
    if not due or (request.alarmed is not None and request.alarmed <= min(due)):
        return 0
    with transaction.atomic():
        LegalRequest.objects.filter(pk=request.pk).update(alarmed=min(due))
        ref = request.public_id
        return tell_desk(kind=NoticeKind.LEGAL_DEADLINE, ref=ref, once=f"{ref}:{min(due)}", ends_at=request.deadline_at, now=now)


def _check(request: LegalRequest, by: StaffProfile) -> None:
    check_desk(by)
    check_not_named(request, by)


def _move(
    request: LegalRequest,
    old: RequestState,
    new: RequestState | str,
    action: str,
    by: StaffProfile,
    reason: str,
    now: datetime,
    *,
    where: dict[str, Any] | None = None,
    **changes: Any,
) -> LegalRequest:
    """Claim a step by the number of rows: two who take it at once take it once."""
    with transaction.atomic():
        if not LegalRequest.objects.filter(pk=request.pk, state=old, **(where or {})).update(state=new, **changes):
            raise WrongStep(request.state)
        request.refresh_from_db()
        note_request(action, request, by, reason, now)
    return request
