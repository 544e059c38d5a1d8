"""What is kept of an account that an authority may ask for. The legal desk counts here; what is sealed is opened by services alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress

from accounts.models import CivilIdentity, ConnectionRecord, Profile, PseudonymHistory, User, WithdrawnIdentity
from core.setaside import list_set_aside

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Worn:
    """A pseudonym, from when, until when (None: still)."""

    pseudonym: str
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """The facts of an account: never its password, its factors, its proofs of age or its place."""

    public_id: str
    status: str
    jurisdiction: str
    language: str
    country: str
    created_at: datetime
    emails: tuple[str, ...]
    pseudonyms: tuple[Worn, ...]


def find_subscriber(*, user_id: int) -> Subscriber | None:
    """The facts of an account in whatever state; None when there is no such account any more. Four queries."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return None
    emails = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk").values_list("email", flat=True)
    worn = PseudonymHistory.objects.filter(user=user).exclude(pseudonym="").order_by("from_at").values_list("pseudonym", "from_at", "to_at")
    country = Profile.objects.filter(user=user).values_list("country", flat=True).first()
    return Subscriber(
        public_id=user.public_id,
        status=user.status,
        jurisdiction=user.jurisdiction,
        language=user.language,
        country=country or "",
        created_at=user.created_at,
        emails=tuple(emails),
        pseudonyms=tuple(Worn(*row) for row in worn),
    )


def has_account(*, user_id: int) -> bool:
    """Whether there is still a row of this account."""
    return User.objects.filter(pk=user_id).exists()


def count_identities(*, user_id: int, held: bool) -> int:
    """How many civil identities of somebody exist that could be opened: what they gave, and of a person who is `held` also what they took
    back or replaced."""
    given = CivilIdentity.objects.filter(user_id=user_id).count()
    return given + (WithdrawnIdentity.objects.filter(user_id=user_id).count() if held else 0)


def list_connection_rows(*, user_id: int, since: datetime, until: datetime, held: bool, now: datetime) -> list[ConnectionRecord]:
    """The sealed records of connections that began in [since, until), the oldest first, at most 10,000. Of a person who is `held` also
    those past their time; of everybody else they are gone from the second on in which they should be."""
    mine = ConnectionRecord.objects.filter(user_id=user_id, started_at__gte=since, started_at__lt=until)
    if not held:
        return list(mine.filter(expires_at__gt=now).order_by("started_at", "ref")[:MOST])
    aside = [row for row in list_set_aside(ConnectionRecord, owner_id=user_id) if since <= row.started_at < until]
    return sorted([*mine[:MOST], *aside], key=lambda row: (row.started_at, row.ref))[:MOST]
