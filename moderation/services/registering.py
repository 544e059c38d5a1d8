"""Taking a request of an authority in: what it says, whom it names, and whether the gate lets it ask for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.queries.naming import find_named
from core import sealing
from core.text import clean
from moderation.courts.clocks import deadline_of
from moderation.courts.gate import Facts, check_gate
from moderation.courts.terms import Channel, DataCategory, IdentifierKind, RequestKind
from moderation.models import LegalRequest, LegalSubject, StaffProfile
from moderation.services.alarms import tell_desk
from moderation.services.holds import check_desk, hold_for_request
from moderation.services.noting import note
from notifications.enums import NoticeKind

SCOPE = "legal"
MOST_SUBJECTS = 50
_LONGEST = timedelta(days=5 * 366)
# What asks for nothing about anybody need not name anybody.
_NAMELESS = (RequestKind.DSA_9, RequestKind.ADMIN_REMOVAL)
# Regulation (EU) 2023/1543, articles 10(1) and 11(1): preserve at once, whatever is decided later.
_PRESERVING = (RequestKind.EPOC, RequestKind.EPOC_PR)


class RequestInvalid(ValueError):
    """Something of a request is missing or cannot be so. `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class ConcernsYou(PermissionError):
    """The request names this member of the team: they neither read it nor act on it."""


@dataclass(frozen=True, slots=True)
class Named:
    """Whom an authority names, by what, and for which period (UTC, the end excluded)."""

    kind: IdentifierKind
    given: str
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as it came. `sender` and `phone` are what it gives itself, which proves nothing."""

    facts: Facts
    authority: str
    agent: str
    file_numbers: str
    channel: Channel
    legal_basis: str
    received_at: datetime
    subjects: Sequence[Named] = ()
    categories: Sequence[DataCategory] = ()
    emergency: bool = False
    terrorist: bool = False
    sender: str = ""
    phone: str = ""
    protected: bool = False
    confidential: bool = True
    confidential_until: datetime | None = None


def register_request(*, new: NewRequest, by: StaffProfile, now: datetime) -> LegalRequest:
    """Enter a request into the register. An emergency wakes the whole desk; what European law wants preserved is frozen in the same deed.

    Raises:
        NotOnDesk, RequestInvalid, ConcernsYou; moderation.courts.gate.Gated: it asks for what it cannot have.
    """
    check_desk(by)
    _check(new, now)
    check_gate(new.facts, new.categories)
    found = [_find(one) for one in new.subjects]
    if by.user_id in found:
        raise ConcernsYou(by.handle)
    with transaction.atomic():
        request = _write(new, by, found)
        after = {"kind": request.kind, "asked": request.categories, "subjects": len(found)}
        note_request("legal.register", request, by, request.file_numbers, now, after=after)
        if request.kind in _PRESERVING and any(found):
            hold_for_request(request=request, by=by, now=now)
        if request.emergency:
            ref = request.public_id
            tell_desk(kind=NoticeKind.LEGAL_EMERGENCY, ref=ref, once=ref, ends_at=request.deadline_at, now=now)
    return request


def open_given(*, request: LegalRequest) -> list[tuple[LegalSubject, str]]:
    """Whom a request names, as the authority wrote it; the caller notes the reading.

    Raises:
        core.sealing.SealingError.
    """
    rows = request.subjects.order_by("pk")
    return [(row, sealing.open_sealed(SCOPE, bytes(row.given), row.given_ad).decode()) for row in rows]


def find_again(*, request: LegalRequest) -> None:
    """Look once more for those named whom nobody was found for, in the caller's transaction."""
    for row, given in open_given(request=request):
        if row.user_id is None:
            row.user_id = find_named(kind=row.kind, given=given, since=row.from_at, until=row.until_at)
            row.save(update_fields=["user_id"])


def check_not_named(request: LegalRequest, by: StaffProfile) -> None:
    """Raises:
    ConcernsYou.
    """
    if request.subjects.filter(user_id=by.user_id).exists():
        raise ConcernsYou(by.handle)


def note_request(
    action: str, request: LegalRequest, by: StaffProfile | None, reason: str, now: datetime, *, after: dict[str, object] | None = None
) -> None:
    """One deed on a request in the audit chain, in the caller's transaction."""
    state = {"state": request.state} | (after or {})
    note(
        action=action,
        by=by,
        object_kind="legal_request",
        object_ref=request.public_id,
        reason=reason,
        after=state,
        role="legal_desk" if by else "",
        now=now,
    )


def _check(new: NewRequest, now: datetime) -> None:
    for field in ("authority", "agent", "file_numbers", "legal_basis"):
        if not clean(getattr(new, field), lines=False):
            raise RequestInvalid(field)
    if new.received_at > now:
        raise RequestInvalid("received_at")
    if (new.facts.kind not in _NAMELESS and not new.subjects) or len(new.subjects) > MOST_SUBJECTS:
        raise RequestInvalid("subjects")
    for one in new.subjects:
        if not clean(one.given, lines=False) or len(one.given) > 254:
            raise RequestInvalid("given")
        if not timedelta(0) < one.until_at - one.from_at <= _LONGEST:
            raise RequestInvalid("period")


def _find(one: Named) -> int | None:
    return find_named(kind=one.kind.value, given=clean(one.given, lines=False), since=one.from_at, until=one.until_at)


def _write(new: NewRequest, by: StaffProfile, found: list[int | None]) -> LegalRequest:
    request = LegalRequest.objects.create(
        **asdict(new.facts) | {"gate_case": new.facts.gate_case or "", "missing_article": new.facts.missing_article or ""},
        emergency=new.emergency or new.facts.kind == RequestKind.EMERGENCY_DISCLOSURE,
        authority=clean(new.authority, lines=False)[:200],
        agent=clean(new.agent, lines=False)[:120],
        file_numbers=clean(new.file_numbers, lines=False)[:200],
        channel=new.channel,
        legal_basis=clean(new.legal_basis, lines=False)[:300],
        categories=",".join(category for category in DataCategory if category in new.categories),
        sender=new.sender.strip()[:254],
        phone=new.phone.strip()[:40],
        protected=new.protected,
        confidential=new.confidential,
        confidential_until=new.confidential_until,
        received_at=new.received_at,
        deadline_at=deadline_of(kind=new.facts.kind, emergency=new.emergency, terrorist=new.terrorist, received_at=new.received_at),
        registered_by=by,
    )
    for one, user_id in zip(new.subjects, found, strict=True):
        row = LegalSubject(request=request, kind=one.kind, user_id=user_id, from_at=one.from_at, until_at=one.until_at)
        row.given = sealing.seal(SCOPE, clean(one.given, lines=False).encode(), row.given_ad)
        row.save(force_insert=True)
    return request
