"""Hashes of pictures that must not come back: taken in from lists and from what was decided here, and taken out again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from core.text import clean
from moderation.actions import ACTIONS
from moderation.enums import Action, HashBankKind, Reason, StaffRole, TargetKind
from moderation.models import Case, Decision, HashBank, HashEntry, ImageCheck, StaffProfile
from moderation.services.noting import note

LOCAL_KEPT = timedelta(days=365)
_VALUE = re.compile(r"[0-9a-f]{64}")
_SOURCE = 120
_REASON = 500
_BATCH = 5000
_HEADINGS = ("hash", "pdq")
_TOLD = 20  # bad lines that are named

# What a picture is held for that is like one of the bank.
REASONS: dict[HashBankKind, Reason] = {
    HashBankKind.CHILD_ABUSE: Reason.CHILD_ABUSE_MATERIAL,
    HashBankKind.INTIMATE: Reason.INTIMATE_IMAGE,
    HashBankKind.TERRORISM: Reason.TERRORISM,
    HashBankKind.SCAM_PHOTO: Reason.SCAM,
    HashBankKind.BANNED_PHOTO: Reason.OTHER,
    HashBankKind.LOCAL_ACTIONED: Reason.OTHER,
}

_ROLES: dict[HashBankKind, tuple[StaffRole, ...]] = {
    HashBankKind.CHILD_ABUSE: (StaffRole.CHILD_SAFETY,),
    HashBankKind.LOCAL_ACTIONED: (StaffRole.MODERATOR, StaffRole.SENIOR, StaffRole.CHILD_SAFETY),
}


class NotYourBank(PermissionError):
    """Hashes of child abuse are for CHILD_SAFETY alone, all others for seniors; what was removed here may be added by who decides."""


class BadHash(ValueError):
    """Not 64 hexadecimal signs; `lines` are the numbers of the lines that are not, when it was a list."""

    def __init__(self, lines: tuple[int, ...] = ()) -> None:
        super().__init__(f"lines {lines}" if lines else "not a hash")
        self.lines = lines


class WhyMissing(ValueError):
    """A hash comes in with where it is from, and goes with a reason."""


class NothingRemoved(ValueError):
    """No decision that stands took this image away, or it is too plain to be told from others."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many hashes came in, and how many were there already."""

    added: int
    known: int


@dataclass(frozen=True, slots=True)
class Memory:
    """The hash that is remembered of a removed image, and whether this person may have it remembered if there is none."""

    entry: HashEntry | None
    may_remember: bool


def add_hash(
    *, kind: HashBankKind, value: str, source: str, by: StaffProfile, now: datetime, expires_at: datetime | None = None
) -> HashEntry:
    """Take one hash in; one that is there already stays as it is and comes back.

    Raises:
        NotYourBank, BadHash, WhyMissing: it does not say where the hash comes from.
    """
    _check_role(kind, by)
    return _add(kind, _clean_value(value), REASONS[kind], _why(source)[:_SOURCE], None, by, expires_at, now)


def remember_image(*, case: Case, by: StaffProfile, now: datetime) -> HashEntry:
    """Remember for a year the image of a case that a decision took away, so that its copies come before a person at once; what is like
    child abuse is remembered without an end. Remembered before, it comes back as it is.

    Raises:
        NotYourBank, NothingRemoved.
    """
    check, kind = _find_removed(case), _bank_for(case)
    if check is None:
        raise NothingRemoved(case.public_id)
    _check_role(kind, by)
    until = None if case.child_safety else now + LOCAL_KEPT
    return _add(kind, check.pdq, Reason(case.reason), case.public_id, case, by, until, now)


def find_memory(*, case: Case, by: StaffProfile) -> Memory | None:
    """What is remembered of the image of a case; None where there is nothing to remember. At most three queries, for an image alone."""
    check, kind = _find_removed(case), _bank_for(case)
    if check is None:
        return None
    entry = HashEntry.objects.filter(bank__kind=kind, value=check.pdq).first()
    return Memory(entry=entry, may_remember=entry is None and kind in list_own_banks(by=by))


def import_hashes(*, kind: HashBankKind, lines: Iterable[str], source: str, by: StaffProfile | None, now: datetime) -> Imported:
    """Take a list in: a hash at the beginning of each line, whatever follows its first comma is left aside, and so are empty lines and
    those that begin with `#`. All of it or, with a bad line, nothing. `by` None: the operator of the house by command.

    Raises:
        NotYourBank, BadHash.
    """
    if by is not None:
        _check_role(kind, by)
    values = _read_lines(lines)
    with transaction.atomic():
        bank = _lock_bank(kind)
        before = bank.entries.count()
        rows = [
            HashEntry(bank=bank, value=value, reason=REASONS[kind], source=clean(source, lines=False)[:_SOURCE], added_by=by, added_at=now)
            for value in values
        ]
        HashEntry.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
        added = bank.entries.count() - before
        state = {"kind": kind.value, "lines": len(values), "added": added}
        note(action="hashbank.import", by=by, object_kind="hashbank", object_ref=kind.value, reason=source, after=state, now=now)
    return Imported(added=added, known=len(values) - added)


def remove_hash(*, entry: HashEntry, by: StaffProfile, reason: str, now: datetime) -> None:
    """Take a hash out; pictures like it are held no more, from the next one on.

    Raises:
        NotYourBank, WhyMissing.
    """
    kind, why = HashBankKind(entry.bank.kind), _why(reason)
    _check_role(kind, by)
    with transaction.atomic():
        before = {"kind": kind.value, "value": entry.value, "source": entry.source}
        note(action="hashbank.remove", by=by, object_kind="hash", object_ref=str(entry.pk), reason=why, before=before, now=now)
        entry.delete()


def forget_removed_image(*, case: Case) -> None:
    """The decision about an image was overturned: what was remembered of it is not any more. In the caller's transaction."""
    HashEntry.objects.filter(case=case).delete()


def list_own_banks(*, by: StaffProfile) -> list[HashBankKind]:
    """The banks that this person may change, in the order in which they are named."""
    return [kind for kind in HashBankKind if by.has_role(*_ROLES.get(kind, (StaffRole.SENIOR,)))]


def _check_role(kind: HashBankKind, by: StaffProfile) -> None:
    if kind not in list_own_banks(by=by):
        raise NotYourBank(kind.value)


def _find_removed(case: Case) -> ImageCheck | None:
    """The image of a case, if a decision that stands took it away and it can be told from others."""
    if case.target_kind != TargetKind.ATTACHMENT or not _is_removed(case):
        return None
    check = ImageCheck.objects.filter(target_ref=case.target_ref).first()
    return check if check is not None and check.is_telling else None


def _bank_for(case: Case) -> HashBankKind:
    return HashBankKind.CHILD_ABUSE if case.child_safety else HashBankKind.LOCAL_ACTIONED


def _is_removed(case: Case) -> bool:
    standing = Decision.objects.filter(case=case, reversed_at__isnull=True).order_by("-starts_at").first()
    return standing is not None and ACTIONS[Action(standing.action)].takes_content(TargetKind(case.target_kind))


def _add(
    kind: HashBankKind,
    value: str,
    reason: Reason,
    source: str,
    case: Case | None,
    by: StaffProfile,
    expires_at: datetime | None,
    now: datetime,
) -> HashEntry:
    with transaction.atomic():
        bank = _lock_bank(kind)
        words = {"reason": reason, "source": source, "case": case, "added_by": by, "added_at": now, "expires_at": expires_at}
        entry, made = HashEntry.objects.get_or_create(bank=bank, value=value, defaults=words)
        if made:
            after = {"kind": kind.value, "value": value}
            note(action="hashbank.add", by=by, object_kind="hash", object_ref=str(entry.pk), reason=source, after=after, now=now)
    return entry


def _lock_bank(kind: HashBankKind) -> HashBank:
    HashBank.objects.get_or_create(kind=kind)
    return HashBank.objects.select_for_update().get(kind=kind)


def _why(words: str) -> str:
    cleaned = clean(words, lines=False)[:_REASON]
    if not cleaned:
        raise WhyMissing
    return cleaned


def _clean_value(value: str) -> str:
    found = value.strip().lower()
    if not _VALUE.fullmatch(found):
        raise BadHash
    return found


def _read_lines(lines: Iterable[str]) -> list[str]:
    firsts = {number: line.partition(",")[0].strip().lower() for number, line in enumerate(lines, 1)}
    hashes = {number: word for number, word in firsts.items() if word and not word.startswith("#")}
    if hashes.get(1) in _HEADINGS:
        del hashes[1]
    if bad := [number for number, word in hashes.items() if not _VALUE.fullmatch(word)]:
        raise BadHash(tuple(bad[:_TOLD]))
    return list(dict.fromkeys(hashes.values()))
