"""The log of breaches: writing one in, the authority within 72 hours, and the end that two people agree to.

GDPR articles 33 and 34, read with EDPB guidelines 9/2022. Every deed is noted in the audit chain, in its own transaction. Nobody is named
in the words of a breach; whom it touches is the matter of `privacy.services.breachletters`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from core.text import clean
from moderation.enums import ApprovalKind, StaffRole
from moderation.services.approvals import approve, ask_approval, use_approval
from moderation.services.noting import note
from privacy.enums import BreachHarm, BreachRisk, DataKind
from privacy.models import Breach
from privacy.models.breach import AUTHORITY_IN

if TYPE_CHECKING:
    from moderation.models import StaffProfile
    from moderation.models.approval import SecondApproval

_WORDS = 4000
_REASON = 1000
_KIND = ApprovalKind.CLOSE_BREACH


class NotYourDesk(PermissionError):
    """Only data protection works on breaches."""


class BreachInvalid(ValueError):
    """What was written cannot be. `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class BreachClosed(LookupError):
    """It was closed before: nothing in it changes any more."""


class StillOwed(PermissionError):
    """It cannot be closed: the authority or the people have not been told, and no reason stands in their place."""


class DoneBefore(LookupError):
    """The authority was told before; that is written once."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a breach. `harms` are words of BreachHarm, `codes` of DataKind; `persons` and `records` are about how many."""

    found_at: datetime
    started_at: datetime | None
    nature: str
    harms: Collection[str]
    codes: Collection[str]
    persons: int
    records: int
    effects: str
    measures: str
    risk: BreachRisk

    def columns(self) -> dict[str, Any]:
        """The columns of the row; lists in the order of their enum, so that the same facts give the same row."""
        found = asdict(self) | {"authority_due_at": self.found_at + AUTHORITY_IN}
        found["harms"] = ",".join(word for word in BreachHarm.values if word in self.harms)
        codes = found.pop("codes")
        found["data_codes"] = ",".join(word for word in DataKind.values if word in codes)
        return found | {name: clean(found[name])[:_WORDS] for name in ("nature", "effects", "measures")}


def log_breach(*, facts: Facts, by: StaffProfile, now: datetime) -> Breach:
    """Write a breach into the log, harmless ones too: its clock of 72 hours runs from when it was found.

    Raises:
        NotYourDesk, BreachInvalid.
    """
    check_desk(by)
    columns = _check(facts, now)
    with transaction.atomic():
        made = Breach.objects.create(**columns, logged_by_id=by.pk, logged_at=now)
        note_breach("breach.log", made, by, reason=str(facts.risk), after=columns, now=now)
    return made


def amend_breach(*, breach: Breach, facts: Facts, reason: str, by: StaffProfile, now: datetime) -> None:
    """Write what is known by now (article 33(4): in phases). It may turn out to have been found earlier, never later: no clock is set back.

    Raises:
        NotYourDesk, BreachInvalid, BreachClosed.
    """
    check_desk(by)
    columns, words = _check(facts, now), _reason(reason)
    if facts.found_at > breach.found_at:
        raise BreachInvalid("found_at")
    with transaction.atomic():
        row = lock_open(breach)
        before = {name: getattr(row, name) for name in columns}
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=list(columns))
        note_breach("breach.amend", row, by, reason=words, before=before, after=columns, now=now)


def tell_authority(*, breach: Breach, told_at: datetime, reference: str, late_reason: str, by: StaffProfile, now: datetime) -> None:
    """Note that the authority was told, with the number it gave; after 72 hours with the reason for the delay (article 33(1)).

    Raises:
        NotYourDesk, BreachInvalid, BreachClosed, DoneBefore.
    """
    check_desk(by)
    number, why = clean(reference, lines=False)[:80], clean(late_reason, lines=False)[:_REASON]
    if not breach.found_at <= told_at <= now:
        raise BreachInvalid("told_at")
    if not number:
        raise BreachInvalid("reference")
    if told_at > breach.authority_due_at and not why:
        raise BreachInvalid("late_reason")
    with transaction.atomic():
        row = lock_open(breach)
        if row.authority_told_at is not None:
            raise DoneBefore(row.public_id)
        row.authority_told_at, row.authority_ref, row.late_reason = told_at, number, why
        row.save(update_fields=["authority_told_at", "authority_ref", "late_reason"])
        note_breach("breach.authority", row, by, reason=why or number, after={"told_at": told_at, "ref": number}, now=now)


def ask_close(*, breach: Breach, reason: str, by: StaffProfile, now: datetime) -> SecondApproval:
    """Ask a second person of data protection to close a breach.

    Raises:
        NotYourDesk, BreachClosed, StillOwed; moderation.services.approvals.ApprovalReasonMissing.
    """
    check_desk(by)
    with transaction.atomic():
        _check_settled(lock_open(breach))
        return ask_approval(kind=_KIND, object_ref=breach.public_id, by=by, reason=reason, now=now)


def agree_close(*, breach: Breach, approval: SecondApproval, reason: str, by: StaffProfile, now: datetime) -> None:
    """Agree, and close it in the same deed; from then on the five years of the log run.

    Raises:
        NotYourDesk, BreachClosed, StillOwed; moderation.services.approvals.NotYoursToApprove, NotApproved, ApprovalReasonMissing.
    """
    check_desk(by)
    with transaction.atomic():
        row = lock_open(breach)
        _check_settled(row)
        approve(approval=approval, by=by, reason=reason, now=now)
        agreed = use_approval(kind=_KIND, object_ref=row.public_id, by=by, now=now)
        row.closed_at = now
        row.save(update_fields=["closed_at"])
        note_breach("breach.close", row, by, reason=agreed.approval_reason, now=now)


def check_desk(by: StaffProfile) -> None:
    """Let data protection pass.

    Raises:
        NotYourDesk.
    """
    if not by.has_role(StaffRole.DATA_PROTECTION):
        raise NotYourDesk(by.handle)


def lock_open(breach: Breach) -> Breach:
    """The row as it is now, locked until the caller's transaction ends.

    Raises:
        BreachClosed.
    """
    row = Breach.objects.select_for_update().get(pk=breach.pk)
    if row.closed_at is not None:
        raise BreachClosed(row.public_id)
    return row


def note_breach(action: str, breach: Breach, by: StaffProfile | None, *, reason: str, now: datetime, **states: Any) -> None:
    """Append a deed on a breach to the audit chain; `before` and `after` may be states with times in them."""
    plain = {name: {key: str(value) for key, value in state.items()} for name, state in states.items()}
    role = "data_protection" if by else ""
    note(action=action, by=by, object_kind="breach", object_ref=breach.public_id, reason=reason, role=role, now=now, **plain)


def _check(facts: Facts, now: datetime) -> dict[str, Any]:
    columns = facts.columns()
    if facts.found_at > now:
        raise BreachInvalid("found_at")
    if facts.started_at is not None and facts.started_at > facts.found_at:
        raise BreachInvalid("started_at")
    for name in ("nature", "harms", "data_codes", "effects", "measures"):
        if not columns[name]:
            raise BreachInvalid("codes" if name == "data_codes" else name)
    for name in ("persons", "records"):
        if columns[name] < 0:
            raise BreachInvalid(name)
    return columns


def _check_settled(row: Breach) -> None:
    if row.owes_authority or row.owes_persons:
        raise StillOwed(row.public_id)


def _reason(words: str) -> str:
    cleaned = clean(words, lines=False)[:_REASON]
    if not cleaned:
        raise BreachInvalid("reason")
    return cleaned
