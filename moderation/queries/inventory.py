"""What exists of what an authority asks for: exactly the ticked categories, subjects and periods, as numbers of rows. Nothing sealed is
opened here, and what does not exist is said with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.queries.subscribers import count_identities, has_account, list_connection_rows
from chat.queries.records import Asked, count_traces, count_written, list_images
from moderation.courts.terms import DataCategory
from moderation.models import LegalRequest, LegalSubject
from moderation.queries.holds import list_held

_YEAR = timedelta(days=365)
_MONTH = timedelta(days=30)


class Part(TextChoices):
    """The parts of a package, each with its own file."""

    ACCOUNT = "account", _("Compte : identifiant, dates, adresses, pseudonymes")
    IDENTITY = "identity", _("Identité civile que la personne a donnée")
    CONNECTIONS = "connections", _("Connexions : adresse IP, port source, heures UTC")
    TRACES = "traces", _("Messages écrits : salon, numéro, heure, sans le texte")
    WORDS = "words", _("Textes des messages des salons")
    IMAGES = "images", _("Images des messages des salons")


class Absent(TextChoices):
    """Why there is nothing of a part."""

    NOBODY = "NOBODY", _("Aucun compte ne correspond, ou plusieurs : personne n’est deviné.")
    NOT_GIVEN = "NOT_GIVEN", _("La personne n’a pas donné son identité, et aucune loi ne l’exige.")
    EXPIRED = "EXPIRED", _("La période est plus ancienne que la durée de conservation : détruit.")
    UNREADABLE = "UNREADABLE", _("Les lignes existent ; leur clé a été détruite avec le compte, et plus personne ne les lit.")
    NONE = "NONE", _("Rien n’existe pour cette période.")


@dataclass(frozen=True, slots=True)
class Kept:
    """Under which row of retention a part is kept (docs: privacy, section 2), and for how long at most."""

    code: str
    longest: timedelta | None


PARTS: dict[DataCategory, tuple[Part, ...]] = {
    DataCategory.SUBSCRIBER: (Part.ACCOUNT, Part.IDENTITY),
    DataCategory.IDENTIFY_ONLY: (Part.CONNECTIONS,),
    DataCategory.TRAFFIC: (Part.CONNECTIONS, Part.TRACES),
    DataCategory.CONTENT: (Part.WORDS, Part.IMAGES),
}
RETENTION: dict[Part, Kept] = {
    Part.ACCOUNT: Kept("ACCOUNT_OTHER", None),
    Part.IDENTITY: Kept("IDENTITY", None),
    Part.CONNECTIONS: Kept("CONNECTION", _YEAR),
    Part.TRACES: Kept("MESSAGE_META", _YEAR),
    Part.WORDS: Kept("MESSAGE_BODY", _MONTH),
    Part.IMAGES: Kept("MEDIA", _MONTH),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One part about one person: how many rows exist, or why there are none. `number` is the person's place in the request, from 1."""

    number: int
    part: Part
    code: str
    rows: int
    absent: Absent | None

    @property
    def exists(self) -> bool:
        """Whether there is anything to hand over."""
        return self.absent is None


def parts_of(request: LegalRequest) -> list[Part]:
    """The parts that the ticked categories ask for, each once, in their order."""
    wanted = {part for category in request.asked for part in PARTS[category]}
    return [part for part in Part if part in wanted]


def list_inventory(*, request: LegalRequest, now: datetime) -> list[Line]:
    """The lines of a request, person by person."""
    subjects = request.subjects.order_by("pk")
    parts = parts_of(request)
    return [_line(number, subject, part, now) for number, subject in enumerate(subjects, start=1) for part in parts]


def asked_of(subject: LegalSubject, part: Part, now: datetime) -> Asked:
    """What is looked for of a part: of what a hold keeps, by person, room or message, also what would be gone without it."""
    user_id, code = subject.user_id or 0, RETENTION[part].code
    held = list_held(code=code, now=now)
    return Asked(
        user_id=user_id,
        since=subject.from_at,
        until=subject.until_at,
        now=now,
        held=user_id in held.users,
        rooms=frozenset(held.rooms),
        lines=frozenset(held.lines),
    )


def _line(number: int, subject: LegalSubject, part: Part, now: datetime) -> Line:
    kept = RETENTION[part]
    if subject.user_id is None:
        return Line(number, part, kept.code, 0, Absent.NOBODY)
    rows = _COUNT[part](asked_of(subject, part, now))
    return Line(number, part, kept.code, rows, None if rows else _why(part, subject, now))


def _why(part: Part, subject: LegalSubject, now: datetime) -> Absent:
    if part == Part.IDENTITY:
        return Absent.NOT_GIVEN
    longest = RETENTION[part].longest
    return Absent.EXPIRED if longest is not None and subject.until_at <= now - longest else Absent.NONE


_COUNT: dict[Part, Callable[[Asked], int]] = {
    Part.ACCOUNT: lambda asked: int(has_account(user_id=asked.user_id)),
    Part.IDENTITY: lambda asked: count_identities(user_id=asked.user_id, held=asked.held),
    Part.CONNECTIONS: lambda asked: len(
        list_connection_rows(user_id=asked.user_id, since=asked.since, until=asked.until, held=asked.held, now=asked.now)
    ),
    Part.TRACES: count_traces,
    Part.WORDS: count_written,
    Part.IMAGES: lambda asked: len(list_images(asked)),
}
