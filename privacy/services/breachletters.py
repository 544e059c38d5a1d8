"""Telling the people whom a breach touches (GDPR, article 34): who they are, what they read, or why they are not told."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.queries.people import list_named, list_reachable_after
from core.outbox import publish
from core.text import clean
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify
from privacy.enums import SilenceGround
from privacy.events import BreachTold
from privacy.models import Breach, BreachPerson
from privacy.services.breaches import BreachInvalid, check_desk, lock_open, note_breach

if TYPE_CHECKING:
    from moderation.models import StaffProfile

_AT_ONCE = 200
_LETTER = 6000
_REASON = 1000


class ToldBefore(LookupError):
    """The people were told: neither who they are nor what they read changes any more."""


class LetterMissing(ValueError):
    """The letter is not written in every language of the house; `languages` says in which it is not."""

    def __init__(self, languages: list[str]) -> None:
        super().__init__(", ".join(languages))
        self.languages = languages


class NobodyNamed(ValueError):
    """It says neither whom the breach touches nor that it touches everybody."""


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """How many people were added to a breach, and which of the words name nobody."""

    added: int
    unknown: tuple[str, ...]


def name_people(*, breach: Breach, words: Collection[str], everybody: bool, by: StaffProfile, now: datetime) -> Named:
    """Say whom a breach touches: accounts by their public id or pseudonym, or everybody. People named before stay.

    Raises:
        privacy.services.breaches.NotYourDesk, BreachClosed; ToldBefore.
    """
    check_desk(by)
    found = list_named(words=words)
    with transaction.atomic():
        row = _untold(breach)
        before = row.people.count()
        people = [BreachPerson(breach=row, user_id=user_id) for user_id in sorted(set(found.values()))]
        BreachPerson.objects.bulk_create(people, ignore_conflicts=True)
        Breach.objects.filter(pk=row.pk).update(everybody=everybody)
        added = row.people.count() - before
        note_breach("breach.people", row, by, reason=f"+{added}", after={"everybody": everybody, "people": before + added}, now=now)
    return Named(added, tuple(word for word in words if word not in found))


def write_letters(*, breach: Breach, letters: Mapping[str, str], by: StaffProfile, now: datetime) -> None:
    """Write what the people will read, by language.

    Raises:
        privacy.services.breaches.NotYourDesk, BreachClosed; ToldBefore.
    """
    check_desk(by)
    columns = {f"letter_{code}": clean(letters.get(code, ""))[:_LETTER] for code, _name in settings.LANGUAGES}
    with transaction.atomic():
        row = _untold(breach)
        before = {name: getattr(row, name) for name in columns}
        Breach.objects.filter(pk=row.pk).update(**columns)
        note_breach("breach.letters", row, by, reason=row.public_id, before=before, after=columns, now=now)


def tell_people(*, breach: Breach, by: StaffProfile, now: datetime) -> None:
    """Tell everybody whom the breach touches, each in their language; the outbox carries it, some hundred at a time.

    Raises:
        privacy.services.breaches.NotYourDesk, BreachClosed; ToldBefore, LetterMissing, NobodyNamed.
    """
    check_desk(by)
    with transaction.atomic():
        row = _untold(breach)
        missing = [code for code, _name in settings.LANGUAGES if not getattr(row, f"letter_{code}")]
        if missing:
            raise LetterMissing(missing)
        if not row.everybody and not row.people.exists():
            raise NobodyNamed(row.public_id)
        row.persons_told_at, row.silence, row.reason_not_told = now, "", ""
        row.save(update_fields=["persons_told_at", "silence", "reason_not_told"])
        publish(BreachTold(breach_id=row.pk, after_id=0))
        note_breach("breach.tell", row, by, reason=row.public_id, now=now)


def stay_silent(*, breach: Breach, ground: SilenceGround, reason: str, by: StaffProfile, now: datetime) -> None:
    """Write why the people are not told one by one: one of the three grounds of article 34(3), and what it rests on here.

    Raises:
        privacy.services.breaches.NotYourDesk, BreachClosed, BreachInvalid; ToldBefore.
    """
    check_desk(by)
    words = clean(reason, lines=False)[:_REASON]
    if not words:
        raise BreachInvalid("reason")
    with transaction.atomic():
        row = _untold(breach)
        row.silence, row.reason_not_told = ground, words
        row.save(update_fields=["silence", "reason_not_told"])
        note_breach("breach.silence", row, by, reason=words, after={"ground": ground}, now=now)


def tell_next(*, told: BreachTold, now: datetime) -> int:
    """Tell the next 200 people after `told.after_id`; the outbox is asked to go on after them. How many. Nobody is told twice."""
    breach = Breach.objects.filter(pk=told.breach_id, persons_told_at__isnull=False).first()
    if breach is None:
        return 0
    users = _next(breach, told.after_id)
    for user_id in users:
        _tell(breach, user_id, now)
    if len(users) == _AT_ONCE:
        publish(dataclasses.replace(told, after_id=users[-1]))
    return len(users)


def _next(breach: Breach, after_id: int) -> list[int]:
    if breach.everybody:
        return list_reachable_after(user_id=after_id, limit=_AT_ONCE)
    people = BreachPerson.objects.filter(breach=breach, user_id__gt=after_id).order_by("user_id")
    return list(people.values_list("user_id", flat=True)[:_AT_ONCE])


def _tell(breach: Breach, user_id: int, now: datetime) -> None:
    notify(
        user_id=user_id,
        kind=NoticeKind.BREACH,
        subject=Subject("privacy", "BREACH", breach.public_id),
        dedupe_key=f"breach:{breach.public_id}",
        group_key=f"breach:{breach.public_id}",
        args={},
        path=reverse("privacy:breach", args=[breach.public_id]),
        now=now,
    )
    BreachPerson.objects.update_or_create(breach=breach, user_id=user_id, defaults={"told_at": now})


def _untold(breach: Breach) -> Breach:
    row = lock_open(breach)
    if row.persons_told_at is not None:
        raise ToldBefore(row.public_id)
    return row
