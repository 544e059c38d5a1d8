"""Trusted flaggers (DSA art. 22): taking an organisation in, letting it go, and watching how well founded its notices are."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core.outbox import publish
from core.text import clean
from moderation.enums import StaffRole
from moderation.events import FlaggerWarned
from moderation.models import StaffProfile, TrustedFlagger
from moderation.queries.flaggers import SPAN, Record, find_flagger, get_record, list_flaggers
from moderation.services.noting import note

_NUMBER = re.compile(r"[0-9a-f]{32}\Z")


class NotYoursToAdmit(PermissionError):
    """Only a senior of the team, or the operator by command, says who is a trusted flagger."""


class FlaggerIncomplete(ValueError):
    """Name, areas and the coordinator's reference are needed: without the coordinator's act nobody is one (art. 22(2))."""


class UnknownNumber(LookupError):
    """No organisation in force has this number."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A new trusted flagger with its number, which is nowhere else and shown this once."""

    flagger: TrustedFlagger
    number: str


def register_flagger(
    *, name: str, areas: str, contact: str, coordinator_ref: str, by: StaffProfile | None = None, now: datetime
) -> Admitted:
    """Take an organisation in whom the coordinator of a member state has named. `by` None: the operator did it by command.

    Raises:
        NotYoursToAdmit, FlaggerIncomplete.
    """
    _check(by)
    said = [clean(words, lines=False) for words in (name, areas, coordinator_ref)]
    if not all(said):
        raise FlaggerIncomplete
    number = secrets.token_hex(16)
    with transaction.atomic():
        flagger = TrustedFlagger.objects.create(
            name=said[0][:200],
            areas=said[1][:500],
            coordinator_ref=said[2][:200],
            contact=contact,
            token_sha256=_digest(number),
            created_at=now,
        )
        _note("flagger.register", flagger, reason=said[2], by=by, now=now)
    return Admitted(flagger, grouped(number))


def suspend_flagger(*, flagger: TrustedFlagger, reason: str, by: StaffProfile | None = None, now: datetime) -> None:
    """Its notices come as anybody's from now on, and its number opens nothing. Doing it twice changes and notes nothing.

    Raises:
        NotYoursToAdmit, FlaggerIncomplete: no reason.
    """
    _set_active(flagger, active=False, action="flagger.suspend", reason=reason, by=by, now=now)


def resume_flagger(*, flagger: TrustedFlagger, reason: str, by: StaffProfile | None = None, now: datetime) -> None:
    """Its notices come first again, under the number it has; the warning is taken back.

    Raises:
        NotYoursToAdmit, FlaggerIncomplete: no reason.
    """
    _set_active(flagger, active=True, action="flagger.resume", reason=reason, by=by, now=now)


def get_by_number(*, number: str) -> TrustedFlagger:
    """The organisation that brings this number with a notice; blanks and hyphens in it do not count.

    Raises:
        UnknownNumber: mistyped, suspended, or guessed at.
    """
    bare = re.sub(r"[\s-]", "", number).lower()
    found = find_flagger(digest=_digest(bare)) if _NUMBER.match(bare) else None
    if found is None:
        raise UnknownNumber
    return found


def warn_poor_flaggers(*, now: datetime) -> int:
    """Warn every organisation of whose notices more than one in five was unfounded in six months, once in six months. How many.

    Telling the coordinator (art. 22(6)) is for a person to decide, who sees the warning and the rate beside its name.
    """
    warned = 0
    for flagger in list_flaggers():
        if flagger.warned_at is not None and flagger.warned_at > now - SPAN:
            continue
        record = get_record(flagger=flagger, now=now)
        warned += record.is_poor and _warn(flagger, record, now)
    return warned


def grouped(number: str) -> str:
    """A number as it is read and typed: in fours."""
    return "-".join(number[at : at + 4] for at in range(0, len(number), 4))


def _warn(flagger: TrustedFlagger, record: Record, now: datetime) -> bool:
    with transaction.atomic():
        mine = TrustedFlagger.objects.filter(pk=flagger.pk, warned_at=flagger.warned_at)
        if not mine.update(warned_at=now):  # another process was quicker
            return False
        _note("flagger.warn", flagger, reason=f"{record.unfounded}/{record.decided}", by=None, now=now)
        publish(FlaggerWarned(flagger_id=flagger.pk))
    return True


def _set_active(flagger: TrustedFlagger, *, active: bool, action: str, reason: str, by: StaffProfile | None, now: datetime) -> None:
    _check(by)
    why = clean(reason, lines=False)[:500]
    if not why:
        raise FlaggerIncomplete
    with transaction.atomic():
        changes = {"active": active} | ({"warned_at": None} if active else {})
        if TrustedFlagger.objects.filter(pk=flagger.pk, active=not active).update(**changes):
            flagger.active = active
            _note(action, flagger, reason=why, by=by, now=now)


def _check(by: StaffProfile | None) -> None:
    if by is not None and not by.has_role(StaffRole.SENIOR):
        raise NotYoursToAdmit(by.handle)


def _digest(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()


def _note(action: str, flagger: TrustedFlagger, *, reason: str, by: StaffProfile | None, now: datetime) -> None:
    after = {"name": flagger.name, "active": flagger.active}
    note(action=action, by=by, object_kind="flagger", object_ref=flagger.public_id, reason=reason, after=after, now=now)
